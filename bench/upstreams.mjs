// Calls that go on to an upstream: a stdio server behind this one, behind supergateway and behind mcp-proxy; HTTP
// servers directly and behind this one. All get the same calls from the same client, in turns; what counts are the
// ratios, and the CPU time, which the rest of the machine does not touch.
//
//   npm run bench:upstreams
//   ROUNDS=5 CALLS=300 npm run bench:upstreams
//   BESIDE=../before npm run bench:upstreams    another build of this server beside, as of an earlier commit
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { freePort } from '../test/helpers/free-port.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 7);
const CALLS = Number(process.env.CALLS ?? 400);
const PARALLEL = 8;
const KEY = 'bench-key-0123456789abcdef0123456789abcdef';
const { BESIDE } = process.env;
const here = (path) => new URL(path, import.meta.url).pathname;
const bin = (name) => here(`../node_modules/.bin/${name}`);
const EVERYTHING = here('../node_modules/@modelcontextprotocol/server-everything/dist/index.js');

const directory = mkdtempSync(join(tmpdir(), 'mcpo-bench-'));
const children = [];

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
  sequential = [];
  parallel = [];
  cpuMs = 0;

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
        const { status, headers } = await this.send({
          body: {
            jsonrpc: '2.0',
            id: 0,
            method: 'initialize',
            params: {
              protocolVersion: '2025-06-18',
              capabilities: {},
              clientInfo: { name: 'bench', version: '1' },
            },
          },
        });
        const session = headers['mcp-session-id'];
        this.headers = {
          'mcp-protocol-version': '2025-06-18',
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

  async time() {
    const startedAt = performance.now();
    await this.call();
    this.sequential.push(performance.now() - startedAt);
  }

  async measureThroughput() {
    const startedAt = performance.now();
    let left = CALLS;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        await this.call();
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    this.parallel.push((CALLS * 1000) / (performance.now() - startedAt));
  }
}

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
const median = (values) => quantile(values, 0.5);

/**
 * Each pays for what the one before has left to the cores and to the upstream: another one begins each time, and every
 * other time they go backwards.
 */
function inTurn(targets, turn) {
  const step = turn % 2 === 0 ? 1 : targets.length - 1;
  return targets.map((_, at) => targets[(turn + at * step) % targets.length]);
}

async function measure(title, targets) {
  for (const target of targets) await target.measureThroughput().then(() => (target.parallel = []));
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = targets.map(({ pid }) => cpuOf(pid));
    // Call by call in turns: whatever else the machine does then meets all of them.
    for (let count = 0; count < CALLS; count += 1) {
      for (const target of inTurn(targets, count)) await target.time();
    }
    targets.forEach((target, index) => (target.cpuMs += cpuOf(target.pid) - before[index]));
    for (const target of inTurn(targets, round)) await target.measureThroughput();
  }
  const [first] = targets;
  const p50 = (target) => median(target.sequential);
  console.log(`\n${title}\n`);
  console.log(
    `| server | p50 ms | p99 ms | more than ${first.name}, p50 ms | its CPU ms per call | calls/s, ${PARALLEL} at once | of ${first.name} |`,
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const target of targets) {
    const cells = [
      target.name,
      p50(target).toFixed(2),
      quantile(target.sequential, 0.99).toFixed(2),
      (p50(target) - p50(first)).toFixed(2),
      (target.cpuMs / target.sequential.length).toFixed(2),
      median(target.parallel).toFixed(0),
      (median(target.parallel) / median(first.parallel)).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

const callOf = (name, args = { message: 'hello' }) => ({
  expected: 'Echo: hello',
  body: { jsonrpc: '2.0', method: 'tools/call', params: { name, arguments: args } },
});

async function main() {
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
  const mcpo = await product(here('../dist/main.js'));
  const beside = BESIDE === undefined ? undefined : await product(resolvePath(BESIDE, 'dist/main.js'));
  /** This server, and the one beside. */
  const ours = (call) => [
    new Target('mcpo', mcpo, call),
    ...(beside === undefined ? [] : [new Target('mcpo beside', beside, call)]),
  ];
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

  await measure('A stdio server (server-everything, `echo`)', stdioTargets);
  await measure('An MCP server over Streamable HTTP (server-everything, `echo`)', httpTargets);
  await measure('An HTTP API with its OpenAPI document', apiTargets);
}

function end(code) {
  for (const child of children) {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
  }
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
