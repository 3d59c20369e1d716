// Calls that go on to an upstream: a stdio server behind this one, behind supergateway and behind mcp-proxy; HTTP
// servers directly and behind this one. All get the same calls from the same client, in turns, and all of it is started
// anew in each round; what counts are the ratios, and the CPU time, which the rest of the machine does not touch.
//
//   npm run bench:upstreams          three rounds of three minutes or so
//   ROUNDS=1 SECONDS=2 npm run bench:upstreams
//   BESIDE=../before npm run bench:upstreams    another build of this server beside, as of an earlier commit
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { freePort } from '../test/helpers/free-port.ts';
import { median } from './median.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
/** Calls of each server one at a time, and seconds of each with eight at once. */
const CALLS = Number(process.env.CALLS ?? 400);
const SECONDS = Number(process.env.SECONDS ?? 4);
/** Until the code that is run often has been compiled: a call took 380 microseconds after six seconds, then 340. */
const WARM_UP_SECONDS = 14;
const PARALLEL = 8;
const KEY = 'bench-key-0123456789abcdef0123456789abcdef';
const { BESIDE } = process.env;
const here = (path) => new URL(path, import.meta.url).pathname;
const bin = (name) => here(`../node_modules/.bin/${name}`);
const EVERYTHING = here('../node_modules/@modelcontextprotocol/server-everything/dist/index.js');

const directory = mkdtempSync(join(tmpdir(), 'mcpo-bench-'));
let children = [];

/** What is measured runs on the first core, the load and what it is measured with on the second. */
function start(core, file, args, env = {}) {
  const child = spawn('taskset', ['-c', String(core), process.execPath, file, ...args], {
    env: { PATH: process.env.PATH, HOME: directory, ...env },
    stdio: 'ignore',
    detached: true,
  });
  children.push(child);
  return child.pid;
}

/** Milliseconds of CPU that a process has used, in steps of 10 (proc(5), fields 14 and 15). */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function until(holds) {
  let reason;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isDone = await holds().catch((error) => ((reason = error), false));
    if (isDone) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('A server does not answer', { cause: reason });
}

/** A client with keep-alive that reads every answer to its end, JSON or stream. */
class Target {
  agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  headers = {};
  id = 0;

  /** @param makeCall the method, the path and the body of a call, and what its answer has in it */
  constructor(name, { port, pid }, makeCall) {
    Object.assign(this, { name, port, pid, makeCall });
  }

  send({ method = 'POST', path = '/mcp', body, headers = {} }) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          agent: this.agent,
          method,
          path,
          headers: {
            'x-api-key': KEY,
            accept: 'application/json, text/event-stream',
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...this.headers,
            ...headers,
          },
        },
        (response) => {
          let answer = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => (answer += chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode, headers: response.headers, answer }),
          );
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.setTimeout(10_000, () => sent.destroy(new Error(`${this.name} is silent`)));
      sent.end(text);
    });
  }

  /** The handshake, where there is one; then until the call is answered as it should be. */
  async prepare({ handshake = true } = {}) {
    if (handshake) {
      await until(async () => {
        const { status, headers, answer } = await this.send({
          body: {
            jsonrpc: '2.0',
            id: 0,
            method: 'initialize',
            params: {
              // What this server speaks with an upstream: of another one an upstream may do something else.
              protocolVersion: '2025-11-25',
              capabilities: {},
              clientInfo: { name: 'bench', version: '1' },
            },
          },
        });
        const session = headers['mcp-session-id'];
        this.headers = {
          'mcp-protocol-version': /"protocolVersion":"([\d-]+)"/.exec(answer)?.[1] ?? '2025-11-25',
          ...(session !== undefined && { 'mcp-session-id': session }),
        };
        return status === 200;
      });
      await this.send({ body: { jsonrpc: '2.0', method: 'notifications/initialized' } });
    }
    await until(() => this.call().then(() => true));
  }

  async call() {
    const { expected, ...sent } = this.makeCall;
    this.id += 1;
    const { answer } = await this.send({
      ...sent,
      ...(sent.body && { body: { ...sent.body, id: this.id } }),
    });
    if (!answer.includes(expected)) throw new Error(`${this.name} answered ${answer.slice(0, 200)}`);
  }

  /** @returns milliseconds */
  async time() {
    const startedAt = performance.now();
    await this.call();
    return performance.now() - startedAt;
  }

  /** Eight calls at once, for some seconds. @returns the calls, and milliseconds of each and of its CPU time */
  async load(seconds) {
    const [startedAt, cpuBefore] = [performance.now(), cpuOf(this.pid)];
    let calls = 0;
    const worker = async () => {
      for (; performance.now() - startedAt < seconds * 1000; calls += 1) await this.call();
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    return { calls, ms: performance.now() - startedAt, cpuMs: cpuOf(this.pid) - cpuBefore };
  }
}

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * Each pays for what the one before has left to the cores and to the upstream: another one begins each time, and every
 * other time they go backwards.
 */
function inTurn(targets, turn) {
  const step = turn % 2 === 0 ? 1 : targets.length - 1;
  return targets.map((_, at) => targets[(turn + at * step) % targets.length]);
}

/** What a round gives of each server, by its name. */
async function measure(targets, round) {
  for (const target of inTurn(targets, round)) await target.load(WARM_UP_SECONDS);
  const single = new Map(targets.map((target) => [target, []]));
  const loads = new Map(targets.map((target) => [target, []]));
  // Call by call in turns: whatever else the machine does then meets all of them.
  for (let count = 0; count < CALLS; count += 1) {
    for (const target of inTurn(targets, count)) single.get(target).push(await target.time());
  }
  for (let second = 0; second < SECONDS; second += 1) {
    for (const target of inTurn(targets, second)) loads.get(target).push(await target.load(1));
  }
  const figures = (target) => {
    const [ms, all] = [single.get(target), loads.get(target)];
    const calls = sum(all.map((load) => load.calls));
    return {
      p50: median(ms),
      p99: quantile(ms, 0.99),
      cpu: sum(all.map((load) => load.cpuMs)) / calls,
      perSecond: (calls * 1000) / sum(all.map((load) => load.ms)),
    };
  };
  return new Map(targets.map((target) => [target.name, figures(target)]));
}

function report(title, rounds) {
  const names = [...rounds[0].keys()];
  const all = (name, figure) => rounds.map((round) => round.get(name)[figure]);
  const of = (name, figure) => median(all(name, figure));
  const ratios = (figure, name, other) =>
    all(name, figure).map((value, round) => value / rounds[round].get(other)[figure]);
  const [first] = names;
  console.log(`\n${title}\n`);
  console.log(
    `| server | p50 ms | p99 ms | more than ${first}, p50 ms | its CPU ms per call | calls/s, ${PARALLEL} at once | of ${first} |`,
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const name of names) {
    const cells = [
      name,
      of(name, 'p50').toFixed(2),
      of(name, 'p99').toFixed(2),
      (of(name, 'p50') - of(first, 'p50')).toFixed(2),
      of(name, 'cpu').toFixed(3),
      of(name, 'perSecond').toFixed(0),
      median(ratios('perSecond', name, first)).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  if (BESIDE === undefined) return;
  const said = [
    ['p50', 'p50'],
    ['CPU', 'cpu'],
    ['calls/s', 'perSecond'],
  ].map(([what, figure]) => {
    const seen = ratios(figure, 'mcpo', 'mcpo beside');
    const every = seen.map((ratio) => ratio.toFixed(2)).join(' ');
    return `${what} ${median(seen).toFixed(3)} (${every})`;
  });
  console.log(`\nmcpo of mcpo beside, the median of the rounds: ${said.join(', ')}`);
}

const callOf = (name, args = { message: 'hello' }) => ({
  expected: 'Echo: hello',
  body: { jsonrpc: '2.0', method: 'tools/call', params: { name, arguments: args } },
});

/** The servers of a round, all of them new; those that are compared begin in the other order every other time. */
async function startAll(round) {
  const run = async (core, file, toArguments, toEnv = () => ({})) => {
    const port = await freePort();
    return { port, pid: start(core, file, toArguments(String(port)), toEnv(String(port))) };
  };
  const toPort = (PORT) => ({ PORT });
  const http = await run(1, EVERYTHING, () => ['streamableHttp'], toPort);
  const api = await run(1, here('./servers/orders.mjs'), () => [], toPort);

  const document = join(directory, 'openapi.json');
  const operation = { operationId: 'getOrder', responses: { 200: { description: 'The order.' } } };
  const info = { title: 'Orders', version: '1' };
  writeFileSync(
    document,
    JSON.stringify({ openapi: '3.1.0', info, paths: { '/orders/1': { get: operation } } }),
  );
  const servers = join(directory, 'servers.json');
  writeFileSync(
    servers,
    JSON.stringify({
      mcpServers: {
        stdio: { command: process.execPath, args: [EVERYTHING, 'stdio'] },
        http: { url: `http://127.0.0.1:${http.port}/mcp` },
        api: { openapi: document, baseUrl: `http://127.0.0.1:${api.port}` },
      },
    }),
  );
  const product = (file) =>
    run(
      0,
      file,
      () => [],
      (MCP_PORT) => ({
        NODE_ENV: 'production',
        BIND_IP: '127.0.0.1',
        MCP_PORT,
        MCP_API_KEYS: KEY,
        RATE_LIMIT_MAX_REQUESTS: '0',
        MCP_SERVERS_FILE: servers,
      }),
    );
  const builds = [['mcpo', here('../dist/main.js')]];
  if (BESIDE !== undefined) builds.push(['mcpo beside', resolvePath(BESIDE, 'dist/main.js')]);
  const running = new Map();
  for (const [name, file] of inTurn(builds, round)) running.set(name, await product(file));
  /** This server, and the one beside. */
  const ours = (call) => builds.map(([name]) => new Target(name, running.get(name), call));
  const stdio = `${process.execPath} ${EVERYTHING} stdio`;
  const supergateway = await run(0, bin('supergateway'), (port) => [
    ...['--stdio', stdio, '--outputTransport', 'streamableHttp', '--stateful'],
    ...['--port', port, '--logLevel', 'none'],
  ]);
  const proxy = await run(0, bin('mcp-proxy'), (port) => [
    ...['--port', port, '--host', '127.0.0.1', '--server', 'stream'],
    ...['--', process.execPath, EVERYTHING, 'stdio'],
  ]);

  const stdioTargets = [
    ...ours(callOf('stdio_echo')),
    new Target('supergateway', supergateway, callOf('echo')),
    new Target('mcp-proxy', proxy, callOf('echo')),
  ];
  const httpTargets = [new Target('direct', http, callOf('echo')), ...ours(callOf('http_echo'))];
  const apiTargets = [
    new Target('direct', api, { method: 'GET', path: '/orders/1', expected: '"total":12' }),
    ...ours({ ...callOf('api_getOrder', {}), expected: '"total":12' }),
  ];
  for (const target of [...stdioTargets, ...httpTargets]) await target.prepare();
  for (const target of apiTargets) await target.prepare({ handshake: false });

  return [stdioTargets, httpTargets, apiTargets];
}

const TITLES = [
  'A stdio server (server-everything, `echo`)',
  'An MCP server over Streamable HTTP (server-everything, `echo`)',
  'An HTTP API with its OpenAPI document',
];

async function main() {
  const rounds = TITLES.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    const all = await startAll(round);
    for (const [at, targets] of all.entries()) rounds[at].push(await measure(targets, round));
    for (const target of all.flat()) target.agent.destroy();
    await stopAll();
  }
  for (const [at, title] of TITLES.entries()) report(title, rounds[at]);
}

/** Ends what was started, and waits for it. */
async function stopAll() {
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const ended = running.map((child) => once(child, 'exit'));
  killAll();
  const timer = setTimeout(() => killAll('SIGKILL'), 10_000);
  await Promise.all(ended);
  clearTimeout(timer);
  children = [];
}

function killAll(signal = 'SIGTERM') {
  for (const child of children) {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

function end(code) {
  killAll();
  rmSync(directory, { recursive: true, force: true });
  process.exit(code);
}

process.on('SIGINT', () => end(130)).on('SIGTERM', () => end(143));
main().then(
  () => end(0),
  (error) => {
    console.error(error);
    end(1);
  },
);
