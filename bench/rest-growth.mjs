// node bench/rest-growth.mjs [requests]: starts the built server and sends requests through the endpoints of REST, /docs, the
// status page and what it asks for, 10,000 by default. Prints the heap after each tenth of them, after a garbage collection; fails when the last
// tenths are over the first ones by more than 10 %.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const KEY = 'growth-key-0123456789abcdef0123456789abcd';
const REQUESTS = Number(process.argv[2] ?? 10_000);
const ROUNDS = 10;
const AT_ONCE = 8;
const MAX_GROWTH = 1.1;

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
// Asked over SIGUSR2, the server collects its garbage and says what is left.
const probe = `data:text/javascript,process.on('SIGUSR2',()=>{gc();gc();process.stderr.write('heap '+process.memoryUsage().heapUsed+'\\n')})`;
const server = spawn(process.execPath, ['--expose-gc', '--import', probe, main], {
  env: {
    PATH: process.env.PATH,
    MCP_PORT: '0',
    BIND_IP: '127.0.0.1',
    MCP_API_KEYS: KEY,
    RATE_LIMIT_MAX_REQUESTS: '0',
    PRINCIPAL_SHARE_PERCENT: '100',
  },
  stdio: ['ignore', 'pipe', 'pipe'],
});
let said = '';
server.stdout.on('data', (chunk) => (said += chunk));
const until = async (found) => {
  for (let value = found(); ; value = found()) {
    if (value) return value;
    if (server.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const port = await until(() => /"Listening".*"port":(\d+)/.exec(said)?.[1]);
const url = `http://127.0.0.1:${port}`;
const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };

const PAGE_FILES = ['main.js', 'page.css', 'view-status.js', 'icon.svg'];
let sent = 0;
/**
 * Each with something of its own, which must not be kept.
 *
 * @type {((at: number) => [path: string, init: RequestInit])[]}
 */
const REQUESTS_OF = [
  (at) => ['/tools?limit=2', { headers: { ...headers, 'x-correlation-id': `growth-${at}` } }],
  () => ['/openapi.json', { headers }],
  () => ['/tools/openapi.json', { headers }],
  (at) => [`/tools/no_such_tool_${at}`, { method: 'POST', headers, body: '{}' }],
  () => ['/tools/network_interfaces', { method: 'POST', headers, body: '{"name":"lo"}' }],
  (at) => [`/tools/network_interfaces`, { method: 'POST', headers, body: `{"name":"if-${at}"}` }],
  () => ['/status', { headers }],
  () => ['/docs', {}],
  () => ['/', { headers: { accept: 'text/html' } }],
  (at) => [`/page/${PAGE_FILES[at % PAGE_FILES.length]}`, { headers: { 'if-none-match': `"growth-${at}"` } }],
  (at) => [`/page/no-such-file-${at}.js`, {}],
  () => ['/tools?limit=1000', { headers }],
];

async function send(count) {
  const worker = async () => {
    while (count-- > 0) {
      const at = sent++;
      const [path, init] = REQUESTS_OF[at % REQUESTS_OF.length](at);
      const response = await fetch(url + path, init);
      await response.arrayBuffer();
      if (response.status >= 500) throw new Error(`${path}: ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function heap() {
  const line = once(server.stderr, 'data');
  server.kill('SIGUSR2');
  return Number(/heap (\d+)/.exec(String(await line))?.[1]);
}

try {
  const heaps = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await send(Math.ceil(REQUESTS / ROUNDS));
    heaps.push(await heap());
    console.log(`${sent} requests: ${(heaps.at(-1) / 1_000_000).toFixed(1)} MB`);
  }
  const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
  const growth = mean(heaps.slice(-3)) / mean(heaps.slice(1, 4));
  console.log(`growth: ${growth.toFixed(3)}`);
  process.exitCode = growth > MAX_GROWTH ? 1 : 0;
} finally {
  server.kill();
}
