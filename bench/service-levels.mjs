// npm run bench:levels: a minute of tool calls at a steady rate, held against docs/service-levels.md. SECONDS=60 and
// PER_MINUTE=1200 are the defaults. Nobody waits for an answer before the next call begins: a slow server gets no rest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SECONDS = Number(process.env.SECONDS ?? 60);
const PER_MINUTE = Number(process.env.PER_MINUTE ?? 1200);
const PORT = process.env.MCP_PORT ?? '18000';
const KEY = 'service-levels-0123456789abcdef012345';
const CALLS = [
  { name: 'network_interfaces', arguments: {} },
  { name: 'network_route_table', arguments: {} },
  { name: 'network_connections', arguments: { limit: 50 } },
  { name: 'network_ping', arguments: { target: '127.0.0.1', count: 1 } },
];
const SETTINGS = {
  RATE_LIMIT_WINDOW_MS: '60000',
  RATE_LIMIT_MAX_REQUESTS: '2000',
};

const server = spawn(process.execPath, [MAIN], {
  env: {
    ...{ PATH: process.env.PATH, NODE_ENV: 'production', BIND_IP: '127.0.0.1', MCP_PORT: PORT },
    ...{ MCP_API_KEYS: KEY, MCP_STATE_SECRET: KEY, AUDIT_KEY: KEY, ...SETTINGS },
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
said = '';
const url = `http://127.0.0.1:${PORT}`;

const times = [];
let failed = 0;
async function call(id) {
  const startedAt = performance.now();
  try {
    const params = CALLS[id % CALLS.length];
    const answer = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { 'x-api-key': KEY },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
    });
    const { error, result } = await answer.json();
    if (!answer.ok || error !== undefined || result.isError === true) failed += 1;
  } catch {
    failed += 1;
  }
  times.push(performance.now() - startedAt);
}

const total = Math.round((SECONDS * PER_MINUTE) / 60);
const startedAt = performance.now();
const running = [];
for (let id = 0; id < total; id += 1) {
  await pause(Math.max(0, startedAt + (id * 60_000) / PER_MINUTE - performance.now()));
  running.push(call(id));
}
await Promise.all(running);
const minutes = (performance.now() - startedAt) / 60_000;
server.kill('SIGTERM');
await ended;

const sorted = times.toSorted((a, b) => a - b);
const at = (share) => `${Math.ceil(sorted[Math.floor((sorted.length - 1) * share)])} ms`;
const settings = Object.entries(SETTINGS).map(([name, value]) => `${name}=${value}`);
console.log(`${settings.join(' ')}, ${CALLS.map(({ name }) => name).join(', ')} in turn`);
console.log(`throughput  ${Math.round(total / minutes)} calls a minute (over 1,000)`);
console.log(`P50, P95    ${at(0.5)}, ${at(0.95)} (P95 under 500 ms)`);
console.log(`errors      ${failed} of ${total}, ${((100 * failed) / total).toFixed(2)} % (under 0.1 %)`);
