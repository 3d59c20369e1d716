// One area of bench/network.mjs, or one row of it, inside its namespace: starts the built server, calls the tools, and
// tells what it saw.
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const [area, row, scratch] = process.argv.slice(2);
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const KEY = 'network-bench-0123456789abcdef0123456789';
const AT_ONCE = 50;
const LOOKUPS = 20;
/** Of all that a call may leave behind, after it: programs end within a second of SIGTERM. */
const SETTLE_MS = 3_000;

const TOOLS = {
  network_interfaces: {},
  network_route_table: {},
  network_connections: {},
  network_ping: { target: '127.0.0.1' },
  network_traceroute: { target: '127.0.0.1' },
};
const CALLS = {
  ordinary: TOOLS,
  routes: {
    ...TOOLS,
    'network_route_table family limit': { family: 'ipv4', limit: 10 },
    'network_route_table destination': { destination: '20.0.7.7' },
  },
  sockets: {
    ...TOOLS,
    'network_connections state limit': { state: 'LISTEN', limit: 10 },
    'network_connections process': { process: 'MainThread', limit: 10 },
  },
};

const keysFile = join(scratch, 'keys.json');
writeFileSync(
  keysFile,
  JSON.stringify({
    keys: [
      // Names of processes are for those alone who hold the second.
      { name: 'bench', digest: hash('sha256', KEY, 'hex'), scopes: ['tools:call', 'network:host'] },
    ],
  }),
);
if (row !== '' && CALLS[area]?.[row] === undefined) throw new Error(`There is no row ${row} in ${area}`);
const server = spawn(process.execPath, [MAIN], {
  env: {
    ...{ PATH: process.env.PATH, NODE_ENV: 'production', BIND_IP: '127.0.0.1', MCP_PORT: '18200' },
    ...{ MCP_API_KEYS_FILE: keysFile, MCP_STATE_SECRET: KEY, AUDIT_KEY: KEY },
    ...{ RATE_LIMIT_MAX_REQUESTS: '1000000', TOOL_MAX_CONCURRENCY: '64', PRINCIPAL_SHARE_PERCENT: '100' },
    // All fifty are to be answered; without it some traceroutes are told that the tool is busy.
    TOOL_CONCURRENCY: `network_traceroute=8/${AT_ONCE}`,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(server, 'close');
let said = '';
server.stdout.on('data', (chunk) => (said = (said + chunk).slice(-10_000)));
while (!said.includes('"Ready"')) {
  if (server.exitCode !== null) throw new Error(`The server has ended: ${said}`);
  await pause(50);
}
const url = 'http://127.0.0.1:18200';
const health = new Worker(new URL('./health.worker.mjs', import.meta.url), { workerData: { url } });
const silence = async () => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
  health.postMessage('mark');
  const [{ longest }] = await once(health, 'message');
  return longest;
};

let id = 0;
async function call(name, args) {
  const startedAt = performance.now();
  const answer = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, connection: 'close' },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: (id += 1), method: 'tools/call' },
      params: { name: name.split(' ', 1)[0], arguments: args },
    }),
  });
  const { error, result } = await answer.json();
  const isOk = answer.ok && error === undefined && result.isError !== true;
  return { ms: performance.now() - startedAt, isOk, result };
}

const memory = (pid, member) =>
  Math.round(
    Number(new RegExp(`^${member}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) /
      1024,
  );
const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length;
/** Of the server and of whom it has started; the starter of programs itself stays. */
function programs(pid = server.pid) {
  const children = readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim())
    .filter((text) => text !== '')
    .flatMap((text) => text.split(' '));
  return children.flatMap((child) => [child, ...programs(child)]);
}
/** Those that read tables rest for 30 seconds, and end. */
const threads = () => readdirSync(`/proc/${server.pid}/task`).length;
const round = (ms) => `${Math.round(ms)} ms`;

async function tools() {
  for (const [name, args] of Object.entries(CALLS[area])) {
    if (row !== '' && name !== row) continue;
    await call(name, args);
    await silence();
    const one = await call(name, args);
    const ofOne = await silence();
    const before = { descriptors: descriptors(), programs: programs().length, threads: threads() };
    const startedAt = performance.now();
    const all = await Promise.all(Array.from({ length: AT_ONCE }, () => call(name, args)));
    const took = performance.now() - startedAt;
    const ofAll = await silence();
    const failed = [one, ...all].filter(({ isOk }) => !isOk).length;
    await pause(SETTLE_MS);
    const left = {
      descriptors: descriptors() - before.descriptors,
      programs: programs().length - before.programs,
      threads: threads() - before.threads,
    };
    const total = one.result?.structuredContent?.total;
    console.log(
      `${name}${total === undefined ? '' : ` (${total} match)`}: one ${round(one.ms)} (silent ${round(ofOne)}), ` +
        `${AT_ONCE} at once ${round(took)} (silent ${round(ofAll)}), ${failed} failed; ` +
        `left: ${left.programs} programs, ${left.descriptors} descriptors, ${left.threads} threads`,
    );
  }
}

async function names() {
  await call('network_ping', { target: '127.0.0.1', count: 1 });
  await silence();
  let open = LOOKUPS;
  const silent = Array.from({ length: LOOKUPS }, (_, index) =>
    call('network_ping', { target: `n${index}.example`, count: 1 }).finally(() => (open -= 1)),
  );
  await pause(200);
  const times = { localhost: [], '127.0.0.1': [] };
  for (let turn = 0; turn < 20; turn += 1) {
    for (const target of Object.keys(times)) {
      const { ms, isOk } = await call('network_ping', { target, count: 1 });
      if (isOk) times[target].push(ms);
    }
  }
  const meanwhile = open;
  const all = await Promise.all(silent);
  for (const [target, each] of Object.entries(times)) {
    const sorted = each.toSorted((a, b) => a - b);
    console.log(
      `${target}: ${each.length} of 20 answered, median ${round(sorted[10])}, longest ${round(sorted.at(-1))}, ` +
        `with ${meanwhile} of ${LOOKUPS} look-ups still open`,
    );
  }
  const reasons = new Set(all.map(({ result }) => result.structuredContent?.error?.code));
  console.log(
    `the look-ups ended after ${round(Math.min(...all.map(({ ms }) => ms)))} to ` +
      `${round(Math.max(...all.map(({ ms }) => ms)))} with ${[...reasons].join(', ')}; silent ${round(await silence())}`,
  );
}

await silence();
await pause(3_000);
console.log(`idle: silent ${round(await silence())}, ${memory(server.pid, 'VmRSS')} MiB`);
await (area === 'names' ? names() : tools());
console.log(`memory: ${memory(server.pid, 'VmRSS')} MiB, at most ${memory(server.pid, 'VmHWM')} MiB`);
await health.terminate();
server.kill('SIGTERM');
await ended;
