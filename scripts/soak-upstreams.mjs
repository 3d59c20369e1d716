#!/usr/bin/env node
// Kills a stdio upstream of a running server with SIGKILL again and again, and looks at what stays behind: processes,
// zombies, descriptors, memory. Usage: node scripts/soak-upstreams.mjs [cycles, 500] [minutes at most, 20], after a
// build.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [cycles = 500, minutes = 20] = process.argv.slice(2).map(Number);
const ROOT = join(import.meta.dirname, '..');
const KEY = 'soak-key-0123456789abcdef0123456789abcdef';

const directory = mkdtempSync(join(tmpdir(), 'mcpo-soak-'));
const file = join(directory, 'servers.json');
const upstream = { command: process.execPath, args: [join(ROOT, 'test/helpers/faulty-upstream.mjs')] };
writeFileSync(file, JSON.stringify({ mcpServers: { killed: upstream, beside: upstream } }));

// Loaded into the server before it starts: answers what it still holds when all garbage has been collected.
const PROBE = `
import { setTimeout as sleep } from 'node:timers/promises';
process.on('message', async () => {
  for (let round = 0; round < 3; round += 1) { gc(); await sleep(50); }
  const { heapUsed, external } = process.memoryUsage();
  process.send({ heapUsed, external });
});
process.channel.unref();
`;

const probe = `data:text/javascript,${encodeURIComponent(PROBE)}`;
const server = spawn(process.execPath, ['--expose-gc', '--import', probe, join(ROOT, 'dist/main.js')], {
  env: {
    MCP_PORT: '0',
    BIND_IP: '127.0.0.1',
    MCP_API_KEYS: KEY,
    RATE_LIMIT_MAX_REQUESTS: '0',
    LOG_LEVEL: 'info',
    MCP_SERVERS_FILE: file,
  },
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const port = await new Promise((resolve) => {
  let text = '';
  server.stdout.on('data', (chunk) => {
    if (text === undefined) return;
    text += chunk;
    const found = /"Listening".*"port":(\d+)/.exec(text)?.[1];
    if (found !== undefined) {
      text = undefined;
      resolve(found);
    }
  });
});

async function call(name) {
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: 'POST',
    headers: { 'x-api-key': KEY },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }),
  });
  const { result } = await response.json();
  return result?.isError === true ? undefined : result?.content[0]?.text;
}

async function pidOf(name) {
  for (;;) {
    const pid = await call(`${name}_pid`);
    if (pid !== undefined) return Number(pid);
    await sleep(20);
  }
}

/** What the server holds after a full collection, in MiB. */
async function heapMiB() {
  const answer = once(server, 'message');
  server.send('look');
  const [{ heapUsed, external }] = await answer;
  return Math.round(((heapUsed + external) / 2 ** 20) * 10) / 10;
}

/**
 * The children of the server, those among them that are zombies, its open descriptors, and its resident memory in MiB.
 */
function look() {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [
          readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' '),
        ];
      } catch {
        return [];
      }
    })
    .filter(([, parent]) => Number(parent) === server.pid);
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return {
    children: stats.length,
    zombies: stats.filter(([state]) => state === 'Z').length,
    descriptors: readdirSync(`/proc/${server.pid}/fd`).length,
    rssMiB: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024),
  };
}

/** The first kills fill caches and compile code: what is held is compared from here on. */
const WARM_AFTER = 50;
/** Resident memory says little: V8 and malloc keep what they once had. The heap after a collection is what is held. */
const MAY_GROW_MIB = 5;

const deadline = performance.now() + minutes * 60_000;
let besideFailures = 0;
let done = 0;
let warm;
let heap;
const begin = await pidOf('beside')
  .then(() => pidOf('killed'))
  .then(look);
console.log('before', JSON.stringify(begin));
for (; done < cycles && performance.now() < deadline; done += 1) {
  process.kill(await pidOf('killed'), 'SIGKILL');
  if ((await call('beside_pid')) === undefined) besideFailures += 1;
  if ((done + 1) % 50 !== 0) continue;
  heap = await heapMiB();
  if (done + 1 === WARM_AFTER) warm = heap;
  console.log(done + 1, JSON.stringify({ ...look(), heapMiB: heap }));
}
await pidOf('killed');
await sleep(1000);
const end = look();
console.log('after', done, 'kills', JSON.stringify(end), 'failed calls of the one beside:', besideFailures);

server.kill('SIGTERM');
await new Promise((resolve) => server.once('exit', resolve));
rmSync(directory, { recursive: true });
const problems = [
  end.zombies > 0 && 'zombies are left',
  end.children !== begin.children && `${end.children} children in the place of ${begin.children}`,
  end.descriptors > begin.descriptors + 2 &&
    `${end.descriptors} descriptors in the place of ${begin.descriptors}`,
  heap - warm > MAY_GROW_MIB && `the heap grew from ${warm} to ${heap} MiB`,
  besideFailures > 0 && `${besideFailures} calls of the one beside failed`,
  done < cycles && `only ${done} kills in ${minutes} minutes`,
].filter(Boolean);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
