// node scripts/zero-loss.mjs [seconds] [requests per second] [--rolls=6] [--kills=1] [--new-connections]: what a rollout
// costs. Three replicas behind the shipped nginx serve calls while they are rolled with SIGTERM in turn, and killed with
// -9 in between. No call may fail in the rolls; at a kill only those that had begun on the replica; and no call may run
// twice. With --new-connections nginx keeps none to the replicas. Prints counts, and ends with 1 otherwise.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../test/helpers/free-port.ts';
import { ERRORS } from '../dist/core/error-registry.js';
import { renderShippedNginx } from './deploy/shipped-nginx.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rolls: { type: 'string', default: '6' },
    kills: { type: 'string', default: '1' },
    'new-connections': { type: 'boolean', default: false },
  },
});
const SECONDS = Number(positionals[0] ?? 300);
const RATE = Number(positionals[1] ?? 200);
const KEEPS_CONNECTIONS = !values['new-connections'];
const SERVER = fileURLToPath(new URL('deploy/counting-server.mjs', import.meta.url));
const KEY = 'zero-loss-key-0123456789abcdef0123456789abcdef';
/** Clients of several addresses: nginx takes 50 requests per second from one. */
const CLIENTS = Array.from({ length: 40 }, (_, index) => `127.0.2.${index + 1}`);

const directory = mkdtempSync(join(tmpdir(), 'mcpo-zero-loss-'));
const journal = join(directory, 'journal');
writeFileSync(journal, '');
const children = new Set();
// Not SIGKILL: nginx would leave its workers behind.
const endAll = () => {
  children.forEach((child) => child.kill('SIGTERM'));
  return Promise.all([...children].map((child) => child.ended));
};
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    // At once: whoever waits for a replica to end would start it again.
    void endAll();
    rmSync(directory, { recursive: true, force: true });
    process.exit(130);
  });
}

function startChild(program, args, options) {
  const child = spawn(program, args, options);
  child.ended = once(child, 'close').then(([code]) => {
    children.delete(child);
    return code;
  });
  children.add(child);
  return child;
}

class Replica {
  constructor(number, port, redisUrl) {
    Object.assign(this, { number, port, redisUrl });
  }

  async start() {
    const log = openSync(join(directory, `replica-${this.number}.log`), 'a');
    this.process = startChild(process.execPath, [SERVER], {
      stdio: ['ignore', log, log],
      // As docker-compose.mcpo.yml sets it, but for a shorter delay.
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        MCP_API_KEYS: KEY,
        MCP_PORT: String(this.port),
        BIND_IP: '127.0.0.1',
        REDIS_URL: this.redisUrl,
        TRUST_PROXY: '127.0.0.1',
        ALLOWED_HOSTS: 'localhost,127.0.0.1',
        RATE_LIMIT_MAX_REQUESTS: '1000000000',
        // All calls are of one key, and wait for a machine that may be busy.
        PRINCIPAL_SHARE_PERCENT: '100',
        TOOL_MAX_CONCURRENCY: '10000',
        SHUTDOWN_DELAY_MS: '3000',
        JOURNAL: journal,
      },
    });
    closeSync(log);
    while (!(await this.isReady())) {
      if (this.process.exitCode !== null)
        throw new Error(`Replica ${this.number} does not start: ${directory}`);
      await sleep(100);
    }
  }

  isReady() {
    return new Promise((resolve) => {
      get(`http://127.0.0.1:${this.port}/health/ready`, { agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      }).on('error', () => resolve(false));
    });
  }

  /** Ends it with a signal and starts it again; answers the exit code, and from when to when it was ending. */
  async replace(signal) {
    const from = performance.now();
    this.process.kill(signal);
    const code = await this.process.ended;
    const to = performance.now();
    await this.start();
    return { code, from, to };
  }
}

/** id -> when it was sent, and how it ended. */
const calls = new Map();
// An agent of Node heeds the time that nginx tells it only where it has one itself.
const agents = CLIENTS.map((localAddress) => new Agent({ keepAlive: true, timeout: 90_000, localAddress }));

function call(port, id) {
  const record = { sentAt: performance.now(), answeredAt: undefined, problem: undefined };
  calls.set(id, record);
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 'count', arguments: { id } },
  });
  const end = (problem) => {
    record.answeredAt ??= performance.now();
    record.problem ??= problem;
  };
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        path: '/mcp',
        method: 'POST',
        agent: agents[id % agents.length],
        headers: { 'x-api-key': KEY, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (text += chunk));
        response.on('error', (error) => end(error.message));
        response.on('close', () => {
          const isFine = response.statusCode === 200 && text.includes(`"structuredContent":{"id":${id}}`);
          end(isFine ? undefined : `${response.statusCode} ${text.slice(0, 200)}`);
          resolve();
        });
      },
    );
    outgoing.on('error', (error) => {
      end(error.message);
      resolve();
    });
    outgoing.end(body);
  });
}

/** Sends at a fixed rate, whatever comes back and however late the timer is. */
async function load(port, endAt) {
  const startedAt = performance.now();
  const open = [];
  for (let id = 0; performance.now() < endAt;) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * RATE);
    for (; id < due; id += 1) open.push(call(port, id));
    await sleep(2);
  }
  await Promise.all(open);
}

/** Which replica is ended next, and how: the kills stand evenly among the rolls. */
function plan(replicas) {
  const [rolls, kills] = [Number(values.rolls), Number(values.kills)];
  return Array.from({ length: rolls + kills }, (_, index) => {
    const isKill =
      Math.floor(((index + 1.5) * kills) / (rolls + kills)) >
      Math.floor(((index + 0.5) * kills) / (rolls + kills));
    return [replicas[index % replicas.length], isKill ? 'SIGKILL' : 'SIGTERM'];
  });
}

async function disturb(replicas, startedAt) {
  const steps = plan(replicas);
  const kills = [];
  for (const [index, [replica, signal]] of steps.entries()) {
    await sleep(
      Math.max(0, startedAt + ((index + 1) * SECONDS * 1000) / (steps.length + 1) - performance.now()),
    );
    const { code, from, to } = await replica.replace(signal);
    const at = ((from - startedAt) / 1000).toFixed(0);
    console.log(
      `${at} s: replica ${replica.number} ${signal}, exit code ${code ?? 'none'}, back after ${((performance.now() - from) / 1000).toFixed(1)} s`,
    );
    if (signal === 'SIGKILL') kills.push({ from, to });
    else if (code !== 0) throw new Error(`Replica ${replica.number} ended with ${code}`);
  }
  return kills;
}

function report(kills) {
  const runs = new Map();
  for (const line of readFileSync(journal, 'utf8').split('\n').filter(Boolean)) {
    runs.set(Number(line), (runs.get(Number(line)) ?? 0) + 1);
  }
  const failed = [...calls].filter(([, { problem }]) => problem !== undefined);
  // Taken by a replica that was killed before it answered: another one has found the claim.
  const wasBegun = ({ sentAt, answeredAt, problem }) =>
    problem.includes(ERRORS.may_have_run.title) &&
    kills.some(({ from, to }) => sentAt <= to && answeredAt >= from);
  const byKill = failed.filter(([, record]) => wasBegun(record));
  const others = failed.filter(([, record]) => !wasBegun(record));
  const repeated = [...runs.values()].filter((count) => count > 1).length;
  const answered = [...calls].filter(([, { problem }]) => problem === undefined);
  const neverRan = answered.filter(([id]) => runs.get(id) !== 1).length;
  console.log(`sent       ${calls.size}`);
  console.log(`answered   ${answered.length}`);
  console.log(
    `failed     ${failed.length}: ${byKill.length} begun on a replica that was killed (${byKill.filter(([id]) => runs.has(id)).length} ran), ${others.length} others`,
  );
  console.log(`repeated   ${repeated}`);
  for (const [id, { problem, sentAt }] of [...others, ...byKill].slice(0, 10)) {
    console.log(`  call ${id}, sent at ${sentAt.toFixed(0)} ms: ${problem}`);
  }
  if (neverRan > 0) console.log(`${neverRan} calls were answered and have not run exactly once`);
  const silent = failed.filter(([, { problem }]) => !problem.includes('"error"'));
  if (silent.length > 0) console.log(`${silent.length} calls failed without an error of JSON-RPC`);
  return others.length === 0 && repeated === 0 && neverRan === 0 && silent.length === 0;
}

let holds = false;
try {
  const redisPort = await freePort();
  const redis = ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  startChild('redis-server', redis, { stdio: 'ignore' });
  const ports = [await freePort(), await freePort(), await freePort()];
  const replicas = ports.map((port, index) => new Replica(index + 1, port, `redis://127.0.0.1:${redisPort}`));
  await Promise.all(replicas.map((replica) => replica.start()));
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const backends = ports.map((port) => `127.0.0.1:${port}`);
  const options = { backends, httpPort, httpsPort, keepsConnections: KEEPS_CONNECTIONS };
  const nginx = startChild('nginx', renderShippedNginx(directory, options), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await sleep(500);
  if (nginx.exitCode !== null) throw new Error(`nginx does not start: ${directory}`);
  const connections = KEEPS_CONNECTIONS ? '' : ', a connection for each call';
  console.log(`${RATE} calls per second for ${SECONDS} s, three replicas behind nginx${connections}`);
  const startedAt = performance.now();
  const [, kills] = await Promise.all([
    load(httpPort, startedAt + SECONDS * 1000),
    disturb(replicas, startedAt),
  ]);
  holds = report(kills);
} finally {
  await endAll();
  if (holds) rmSync(directory, { recursive: true, force: true });
  else console.log(`What was logged is in ${directory}`);
}
process.exit(holds ? 0 : 1);
