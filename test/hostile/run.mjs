// npm run test:hostile [-- seconds [seed [connections]]]: an ordinary key and hostile upstreams send the largest and oddest of
// everything to one server with a heap of 512 MB, while a second key calls a tool ten times a second. Nothing of the second
// key's may fail. Prints what was sent, what it met and how long the longest waits were; ends with 1 if something fell.
//
// With STRICT=1 the figures are judged as well, which says something on a quiet machine alone.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { apiKeyDigest } from '../../dist/core/api-key-digest.js';
import { mintApiKey } from '../../dist/core/api-key-format.js';
import { linesOf } from '../helpers/lines.mjs';

const SECONDS = Number(process.argv[2] ?? 600);
const SEED = Number(process.argv[3] ?? Date.now() % 1_000_000);
const CONNECTIONS = Number(process.argv[4] ?? 4);
const IS_STRICT = process.env.STRICT === '1';
const VICTIM_TOOL = 'network_interfaces';
/** More than the longest that the others wait for an answer. */
const REPORT_MS = 90_000;
/** Of the other key at the same time: less than its share of the places. */
const MAX_CALLS = 12;
/** Answers that say that the server protects itself, or that an upstream has failed. */
const HONEST_5XX = new Set([
  'busy',
  'storage_full',
  'chat_server_unavailable',
  'chat_server_busy',
  'chat_server_failed',
  'chat_timeout',
]);

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const directory = mkdtempSync(join(tmpdir(), 'mcpo-hostile-'));
const children = [];
const started = (child) => {
  children.push(child);
  return child;
};
const isRunning = (child) => child.exitCode === null && child.signalCode === null;
const end = async () => {
  const running = children.filter(isRunning);
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map((child) => once(child, 'exit')));
  rmSync(directory, { recursive: true, force: true });
};
// Whatever ends this process, nothing of it goes on.
process.once('exit', () => {
  for (const child of children.filter(isRunning)) child.kill('SIGKILL');
});
process.once('SIGINT', () => void end().then(() => process.exit(130)));
process.once('SIGTERM', () => void end().then(() => process.exit(143)));

const askOnce = async (child) => {
  child.send('report');
  try {
    const [report] = await once(child, 'message', { signal: AbortSignal.timeout(REPORT_MS) });
    return report;
  } catch (error) {
    throw new Error(`${child.spawnargs[1]} does not report`, { cause: error });
  }
};
const put = (name, value) => {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
};

function keysFile(keys) {
  const entries = Object.entries(keys).map(([name, key]) => ({
    name,
    digest: apiKeyDigest(key),
    scopes: ['tools:call', 'chat'],
    rateLimit: { maxRequests: 1_000_000, windowMs: 60_000 },
  }));
  return put('keys.json', { keys: entries });
}

/** Every place of an operation where a value can be odd. */
const openApiDocument = (port) => ({
  openapi: '3.1.0',
  info: { title: 'api', version: '1' },
  servers: [{ url: `http://127.0.0.1:${port}` }],
  paths: {
    '/things/{value}': {
      get: {
        operationId: 'getThing',
        parameters: [{ name: 'value', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok', content: { 'application/json': { schema: {} } } } },
      },
    },
    '/things': {
      post: {
        operationId: 'putThing',
        parameters: [{ name: 'value', in: 'query', schema: {} }],
        requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
        responses: { 200: { description: 'ok' } },
      },
    },
  },
});

async function startServer(ports, keys) {
  const mcp = { url: `http://127.0.0.1:${ports.mcp}/mcp`, type: 'http', timeoutMs: 2000 };
  const stdio = {
    command: process.execPath,
    args: [here('hostile-servers.mjs'), '--stdio'],
    env: { HOSTILE_SEED: String(SEED + 1) },
    timeoutMs: 2000,
  };
  const servers = put('servers.json', {
    mcpServers: {
      http: mcp,
      own: { ...mcp, session: 'caller' },
      stdio,
      api: { openapi: put('openapi.json', openApiDocument(ports.api)), timeoutMs: 2000 },
    },
  });
  const child = started(
    // As the unit, the image and `npm start` have it, with their environment.
    spawn(process.execPath, ['--max-semi-space-size=16', here('../../dist/main.js')], {
      env: {
        PATH: process.env.PATH,
        NODE_OPTIONS: '--max-old-space-size=512',
        MALLOC_ARENA_MAX: '2',
        MALLOC_TRIM_THRESHOLD_: '131072',
        MCP_PORT: '0',
        BIND_IP: '127.0.0.1',
        MCP_API_KEYS_FILE: keysFile(keys),
        MCP_SERVERS_FILE: servers,
        CHAT_SERVER_URL: `http://127.0.0.1:${ports.chat}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const seen = { faults: [], stderr: '' };
  child.stderr.on('data', (chunk) => (seen.stderr += chunk));
  const listening = new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`The server ended: ${seen.stderr}`)));
    const read = (line) => {
      const { message, level, port, status, errorCode, correlationId, err } = JSON.parse(line);
      if (message === 'Listening') resolve(`http://127.0.0.1:${port}`);
      const isFault =
        status === undefined
          ? level === 'ERROR' || level === 'FATAL'
          : status >= 500 && !HONEST_5XX.has(errorCode);
      if (isFault) seen.faults.push({ message, level, status, errorCode, correlationId, err });
    };
    void (async () => {
      for await (const line of linesOf(child.stdout)) read(line);
    })();
  });
  return { child, seen, url: await listening };
}

async function callAsVictim(url, key) {
  const begun = performance.now();
  try {
    const response = await fetch(`${url}/mcp`, {
      method: 'POST',
      signal: AbortSignal.timeout(REPORT_MS),
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: VICTIM_TOOL, arguments: {} },
      }),
    });
    const answer = await response.text();
    const isGood = response.status === 200 && JSON.parse(answer).result?.structuredContent !== undefined;
    return { isGood, ms: performance.now() - begun, answer: answer.slice(0, 500) };
  } catch (error) {
    return { isGood: false, ms: performance.now() - begun, answer: String(error.cause ?? error) };
  }
}

const residentMiB = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const round = (value) => Math.round(value * 10) / 10;

async function run() {
  const keys = { attacker: mintApiKey(), victim: mintApiKey() };
  const upstreams = started(fork(here('hostile-servers.mjs'), { env: { HOSTILE_SEED: String(SEED) } }));
  const [{ ports }] = await once(upstreams, 'message');
  const server = await startServer(ports, keys);
  const control = createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(control, 'listening');
  // The first call starts what starts programs.
  await callAsVictim(server.url, keys.victim);
  const probe = started(
    fork(here('probe.mjs'), [
      server.child.pid,
      `${server.url}/health/live`,
      `http://127.0.0.1:${control.address().port}`,
    ]),
  );
  const attacker = started(
    fork(here('attacker.mjs'), [server.url, keys.attacker, String(SEED + 2), String(CONNECTIONS)]),
  );

  const calls = [];
  let open = 0;
  let leftOut = 0;
  const resident = [];
  const endsAt = performance.now() + SECONDS * 1000;
  for (let tick = 0; performance.now() < endsAt && isRunning(server.child); tick += 1) {
    if (open < MAX_CALLS) {
      open += 1;
      calls.push(callAsVictim(server.url, keys.victim).finally(() => (open -= 1)));
    } else leftOut += 1;
    if (tick % 10 === 0) resident.push(residentMiB(server.child.pid));
    await sleep(100);
  }
  const answers = await Promise.all(calls);
  const attacks = await askOnce(attacker);
  const upstreamCounts = await askOnce(upstreams);
  const samples = await askOnce(probe);
  const isAlive = isRunning(server.child);
  let exitCode = null;
  if (isAlive) {
    server.child.kill('SIGTERM');
    [exitCode] = await once(server.child, 'exit');
  }
  control.close();
  return { server, answers, leftOut, attacks, upstreamCounts, samples, resident, isAlive, exitCode };
}

function judge({ server, answers, leftOut, attacks, upstreamCounts, samples, resident, isAlive, exitCode }) {
  const times = answers.map(({ ms }) => ms);
  const failed = answers.filter(({ isGood }) => !isGood);
  // What held the control up as well was the machine, and so was what the server did not use.
  const stalls = samples.map(([own, other, used]) => Math.min(own - other, used));
  const third = Math.floor(resident.length / 3);
  const figures = {
    seconds: SECONDS,
    seed: SEED,
    victim: {
      calls: answers.length,
      failed: failed.length,
      leftOut,
      p50Ms: round(quantile(times, 0.5)),
      p99Ms: round(quantile(times, 0.99)),
      longestMs: round(Math.max(...times)),
    },
    probe: {
      asked: samples.length,
      p99Ms: round(quantile(stalls, 0.99)),
      longestMs: round(Math.max(...stalls)),
      over50Ms: stalls.filter((ms) => ms > 50).length,
      over100Ms: stalls.filter((ms) => ms > 100).length,
    },
    residentMiB: {
      highest: round(Math.max(...resident)),
      secondThird: round(quantile(resident.slice(third, 2 * third), 0.5)),
      lastThird: round(quantile(resident.slice(-third), 0.5)),
    },
  };
  console.log(JSON.stringify({ attacks: attacks.counts, upstreams: upstreamCounts.counts }, null, 1));
  console.log(JSON.stringify(figures, null, 1));
  const problems = [];
  if (!isAlive) problems.push(`The server ended by itself: ${server.seen.stderr}`);
  else if (exitCode !== 0) problems.push(`The server ended with ${exitCode} on SIGTERM`);
  if (server.seen.stderr !== '') problems.push(`It wrote to stderr: ${server.seen.stderr.slice(0, 2000)}`);
  for (const answer of failed.slice(0, 5)) problems.push(`A call of the other key failed: ${answer.answer}`);
  for (const fault of server.seen.faults.slice(0, 10)) problems.push(`The log has ${JSON.stringify(fault)}`);
  for (const fault of attacks.faults.slice(0, 5))
    problems.push(`Answered with 500: ${JSON.stringify(fault)}`);
  if (IS_STRICT) {
    if (leftOut > 0)
      problems.push(`${leftOut} calls of the other key were left out: earlier ones had no answer`);
    if (figures.victim.p99Ms >= 250) problems.push('The 99th percentile of the other key is 250 ms or more');
    if (figures.probe.over100Ms > 0) problems.push('The event loop was held for over 100 ms');
    if (figures.residentMiB.highest >= 450) problems.push('450 MiB or more were resident');
    if (figures.residentMiB.lastThird > 1.1 * figures.residentMiB.secondThird)
      problems.push('Resident memory grows');
  }
  return problems;
}

try {
  const problems = judge(await run());
  for (const problem of problems) console.log(`NOT HELD: ${problem}`);
  if (problems.length === 0) console.log('It holds.');
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await end();
}
