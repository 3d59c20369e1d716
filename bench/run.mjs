// tools/call of a trivial tool, every guard on, with and without the audit trail, beside a plain Express 5 handler that
// does the same JSON work with none. One core for the servers, one for the load; the servers take turns second by
// second, so that whatever else the host does meets them alike. The figure is the median of the rounds' ratios.
//
//   npm run bench            five rounds of 10 s for each server
//   ROUNDS=3 SECONDS=3 npm run bench
//   BESIDE=../before npm run bench    another build of this server beside, as of an earlier commit: where it stands
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve as resolvePath } from 'node:path';
import { median } from './median.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const SECONDS = Number(process.env.SECONDS ?? 10);
/** Until the code that is run often has been compiled: measured, it takes about eight seconds on one core. */
const WARM_UP_SECONDS = 10;
const CONNECTIONS = 32;
const BENCH_KEY = 'bench-key-0123456789abcdef0123456789abcdef';
const { BESIDE } = process.env;
const here = (path) => new URL(path, import.meta.url).pathname;

const SERVERS = [
  { name: 'mcpo', file: here('./servers/product.mjs'), port: 18101 },
  {
    name: 'mcpo without audit trail',
    file: here('./servers/product.mjs'),
    port: 18103,
    env: { AUDIT_LOG: 'off' },
  },
  ...(BESIDE === undefined
    ? []
    : [
        {
          name: 'mcpo beside',
          file: resolvePath(BESIDE, 'bench/servers/product.mjs'),
          port: 18104,
          // It has an audit trail of its own.
          cwd: resolvePath(BESIDE),
        },
      ]),
  { name: 'express', file: here('./servers/express.mjs'), port: 18102 },
];

const REFERENCE = SERVERS.length - 1;

const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'hello' } },
});

async function answers(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': BENCH_KEY },
      body: BODY,
    });
    const { result } = await response.json();
    return result?.structuredContent?.text === 'hello';
  } catch {
    return false;
  }
}

async function start({ name, file, port, env, cwd }) {
  const child = spawn('taskset', ['-c', '0', process.execPath, file], {
    env: { ...process.env, NODE_ENV: 'production', MCP_PORT: String(port), BENCH_KEY, ...env },
    cwd,
    // The log is written and thrown away: a disk would be measured otherwise.
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error(`${name} does not answer the call`);
}

async function stop(child) {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Requests per second and the 99th percentile in milliseconds, as wrk reports them. */
function load(port, seconds) {
  const report = execFileSync(
    'taskset',
    [
      '-c',
      '1',
      'wrk',
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '--latency',
      '-s',
      here('./call.lua'),
      `http://127.0.0.1:${port}/mcp`,
    ],
    { encoding: 'utf8', env: { ...process.env, BENCH_KEY } },
  );
  if (/Non-2xx|Socket errors/.test(report)) throw new Error(`wrk met errors:\n${report}`);
  const p99 = /99%\s+([\d.]+)(us|ms|s)/.exec(report);
  const scale = { us: 0.001, ms: 1, s: 1000 };
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(report)[1]),
    p99: Number(p99[1]) * scale[p99[2]],
  };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * A second for each server. Each pays for what the one before has left to the core: another one begins each time, and
 * every other time they go backwards.
 */
function inTurns(second) {
  const results = [];
  const step = second % 2 === 0 ? 1 : SERVERS.length - 1;
  for (let turn = 0; turn < SERVERS.length; turn += 1) {
    const at = (second + turn * step) % SERVERS.length;
    results[at] = load(SERVERS[at].port, 1);
  }
  return results;
}

/**
 * Fresh processes in each round, all warm before the first second counts; then they take turns, second by second. They
 * start and warm up backwards every other round: who was first has waited for longest.
 */
async function runRound(round) {
  const inOrder = round % 2 === 0 ? SERVERS.toReversed() : SERVERS;
  const children = [];
  for (const server of inOrder) children.push(await start(server));
  try {
    for (const { port } of inOrder) load(port, WARM_UP_SECONDS);
    const seconds = Array.from({ length: SECONDS }, (_, second) => inTurns(second));
    return SERVERS.map((_, at) => ({
      perSecond: mean(seconds.map((second) => second[at].perSecond)),
      p99: median(seconds.map((second) => second[at].p99)),
    }));
  } finally {
    await Promise.all(children.map(stop));
  }
}

const rounds = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  const results = await runRound(round);
  rounds.push(results);
  const reference = results[REFERENCE].perSecond;
  const figures = results.map(
    ({ perSecond }, at) =>
      `${SERVERS[at].name} ${perSecond.toFixed(0)}/s (${(perSecond / reference).toFixed(2)})`,
  );
  console.log(`round ${round}: ${figures.join('   ')}`);
}

console.log(`\nMedians of ${ROUNDS} rounds:\n`);
console.log('| server | calls/s | p99 ms | of Express |\n| --- | --- | --- | --- |');
for (const [at, { name }] of SERVERS.entries()) {
  const perSecond = median(rounds.map((results) => results[at].perSecond));
  const p99 = median(rounds.map((results) => results[at].p99));
  const ratio = median(rounds.map((results) => results[at].perSecond / results[REFERENCE].perSecond));
  console.log(`| ${name} | ${perSecond.toFixed(0)} | ${p99.toFixed(1)} | ${ratio.toFixed(2)} |`);
}
if (BESIDE !== undefined) {
  const ratios = rounds.map(([mcpo, , beside]) => mcpo.perSecond / beside.perSecond);
  console.log(`\nmcpo of the one beside, each round: ${ratios.map((ratio) => ratio.toFixed(3)).join(', ')}`);
  console.log(`median ${median(ratios).toFixed(3)}`);
}
