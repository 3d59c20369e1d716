// One ordinary key that sends the largest and oddest of everything, over a handful of connections, as fast as it is answered.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { Dice, oddJson, oddText, oddValue, Tally } from './oddities.mjs';

const [url, key, seed, connections] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const dice = new Dice(Number(seed));
const tally = new Tally();
/** What was answered with 500: there is no such answer. */
const faults = [];
let tools = [];
let session;
const ending = new AbortController();

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const text = (value) => JSON.stringify(value) ?? 'null';

/** Sends a body, of which the answer is read to its end or to `holdMs`. */
function send({ method = 'POST', path = '/mcp', body = '', headers = {}, holdMs = 40_000 }) {
  return new Promise((resolve) => {
    let answer = '';
    const outgoing = request({
      hostname,
      port,
      method,
      path,
      agent,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-api-key': key,
        ...headers,
      },
    });
    const timer = setTimeout(() => outgoing.destroy(), holdMs);
    const settle = (status) => {
      clearTimeout(timer);
      resolve({ status, answer, headers: outgoing.res?.headers });
    };
    outgoing.on('response', (response) => {
      response.on('data', (chunk) => answer.length < 2e6 && (answer += chunk));
      response.on('close', () => settle(response.statusCode));
    });
    outgoing.on('error', () => settle(0)).on('close', () => settle(outgoing.res?.statusCode ?? 0));
    outgoing.end(body);
  });
}

const legacy = (method, params) =>
  `{"jsonrpc":"2.0","id":${dice.below(1e9)},"method":${text(method)},"params":${params}}`;
/** With every header that the stateless revision asks for. */
function modern(method, params, name) {
  const meta = dice.chance(0.9) ? text(META) : oddJson(dice, 10_000);
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method };
  if (name !== undefined && /^[\x21-\x7e]{1,200}$/.test(name)) headers['mcp-name'] = name;
  return {
    body: `{"jsonrpc":"2.0","id":1,"method":${text(method)},"params":{${params === '' ? '' : `${params},`}"_meta":${meta}}}`,
    headers,
  };
}

function argumentsOf(tool) {
  const names = Object.keys(tool.inputSchema?.properties ?? { value: 1 }).slice(0, 20);
  return `{${names.map((name) => `${text(name)}:${oddValue(dice, 900_000 / names.length)}`).join(',')}}`;
}

const METHODS = [
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'prompts/list',
  'resources/read',
  'prompts/get',
  'completion/complete',
  'logging/setLevel',
  'ping',
  'server/discover',
  'tasks/get',
  'tasks/cancel',
  'tasks/update',
  'resources/subscribe',
  'resources/unsubscribe',
  'notifications/cancelled',
  'notifications/initialized',
];
const MEMBERS = [
  'name',
  'uri',
  'cursor',
  'arguments',
  'ref',
  'argument',
  'level',
  'taskId',
  'requestState',
  'inputResponses',
  'task',
  '_meta',
  'requestId',
  'context',
];
const oddParams = () =>
  `{${Array.from({ length: dice.below(4) }, () => `${text(dice.pick(MEMBERS))}:${oddJson(dice, 300_000)}`).join(',')}}`;

const KINDS = {
  'call with odd arguments': () => {
    const tool = dice.pick(tools);
    const args = argumentsOf(tool);
    if (dice.chance(0.5))
      return { body: legacy('tools/call', `{"name":${text(tool.name)},"arguments":${args}}`) };
    return modern('tools/call', `"name":${text(tool.name)},"arguments":${args}`, tool.name);
  },
  'call of an upstream': () => {
    const tool = dice.pick(
      tools.filter(({ name }) => name.includes('_odd_') || name.startsWith('api_')).concat(tools[0]),
    );
    const args = dice.chance(0.7) ? '{"value":"x"}' : argumentsOf(tool);
    return {
      body: legacy(
        'tools/call',
        `{"name":${text(tool.name)},"arguments":${args},"_meta":{"progressToken":${dice.pick(['1', '"t"'])}}}`,
      ),
    };
  },
  'method with odd params': () => {
    const method = dice.pick(METHODS);
    return dice.chance(0.5)
      ? { body: legacy(method, oddParams()) }
      : modern(method, oddParams().slice(1, -1));
  },
  prompt: () => ({
    body: legacy('prompts/get', `{"name":"diagnose_host","arguments":{"target":${text(oddText(dice))}}}`),
  }),
  completion: () => ({
    body: legacy(
      'completion/complete',
      `{"ref":{"type":"ref/prompt","name":"diagnose_host"},"argument":{"name":"target","value":${text(oddText(dice, 10_000))}}}`,
    ),
  }),
  'odd body': () => ({ body: oddJson(dice) }),
  'broken body': () => ({
    body: dice.pick([
      oddJson(dice).slice(0, -1),
      ' '.repeat(1_000_000),
      Buffer.alloc(1000, 0xff),
      '\ufeff{}',
      'x'.repeat(1_048_000),
    ]),
  }),
  'too large': () => ({ body: 'x'.repeat(1_100_000) }),
  batch: () => ({
    body: `[${Array.from({ length: dice.pick([1, 50, 51]) }, () => legacy(dice.pick(['ping', 'tools/list', 'nothing']), '{}')).join(',')}]`,
    headers: { 'mcp-protocol-version': '2025-03-26' },
  }),
  'batch of calls': () => ({
    body: `[${Array.from({ length: dice.pick([20, 50]) }, () => legacy('tools/call', `{"name":${text(dice.pick(['network_interfaces', 'network_connections', 'network_ping']))},"arguments":{}}`)).join(',')}]`,
    headers: { 'mcp-protocol-version': '2025-03-26' },
  }),
  initialize: () => ({
    body: legacy(
      'initialize',
      `{"protocolVersion":"2025-11-25","capabilities":{"experimental":${oddJson(dice)}},"clientInfo":{"name":"x","version":"1"}}`,
    ),
  }),
  'in a session': () => ({
    body: legacy(
      dice.pick(['resources/subscribe', 'tools/list', 'logging/setLevel']),
      `{"uri":${text(oddText(dice, 300_000))},"level":"debug"}`,
    ),
    headers: { 'mcp-session-id': session ?? 'none', 'mcp-protocol-version': '2025-11-25' },
  }),
  stream: () => ({
    ...modern(
      'subscriptions/listen',
      `"notifications":{"toolsListChanged":true,"resourceSubscriptions":[${Array(dice.pick([1, 100, 900]))
        .fill(text(`mcpo://network/${oddText(dice, 900)}`))
        .join(',')}]}`,
    ),
    holdMs: 500,
  }),
  'session stream': () => ({
    method: 'GET',
    headers: { 'mcp-session-id': session ?? 'none', 'last-event-id': 'x'.repeat(dice.pick([1, 8000])) },
    holdMs: 500,
  }),
  headers: () => ({
    body: legacy('ping', '{}'),
    headers: {
      [dice.pick([
        'mcp-method',
        'mcp-protocol-version',
        'mcp-session-id',
        'accept',
        'traceparent',
        'x-correlation-id',
        'origin',
        'x-forwarded-for',
      ])]: 'a, '.repeat(dice.pick([1, 100, 4000])),
    },
  }),
  chat: () => ({
    path: '/chat',
    body: `{"message":${text(dice.pick(['hello', oddText(dice)]))},"stream":${dice.chance(0.5)}}`,
    holdMs: 10_000,
  }),
  path: () => ({
    method: dice.pick(['GET', 'POST', 'DELETE', 'PUT', 'OPTIONS', 'HEAD']),
    path: dice.pick([
      '/status',
      '/health',
      '/metrics',
      '/health/ready',
      `/${'%2e'.repeat(3000)}`,
      `/status?${'a&'.repeat(5000)}`,
    ]),
  }),
};

/** What is no request at all: probes without waiting for answers, half a body, half a head. */
function raw() {
  const head = `POST /mcp HTTP/1.1\r\nHost: ${hostname}\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\n`;
  const bytes = dice.pick([
    'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000),
    `${head}content-length: 1000000\r\n\r\n{`,
    `${head}x: ${'y'.repeat(15_000)}`,
    `${head}transfer-encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(20_000)}0\r\n\r\n`,
  ]);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket
      .on('error', () => undefined)
      .on('close', resolve)
      .resume();
    setTimeout(() => socket.destroy(), 1000);
  });
}

async function attack() {
  const names = Object.keys(KINDS);
  while (!ending.signal.aborted) {
    if (dice.chance(0.03)) {
      await raw();
      tally.add('raw', 'closed');
      continue;
    }
    const kind = dice.pick(names);
    const made = KINDS[kind]();
    const answered = await send(made);
    tally.add(kind, answered.status);
    session = answered.headers?.['mcp-session-id'] ?? session;
    if (answered.status === 500)
      faults.push({
        kind,
        ...made,
        body: String(made.body ?? '').slice(0, 300),
        status: answered.status,
        answer: answered.answer.slice(0, 500),
      });
  }
}

async function refreshTools() {
  const { answer } = await send({ body: legacy('tools/list', '{}') });
  tools = JSON.parse(answer).result?.tools ?? tools;
}

await refreshTools();
const refreshing = setInterval(() => void refreshTools().catch(() => undefined), 2000);
const attacks = Array.from({ length: Number(connections) }, attack);
process.once('disconnect', () => process.exit());
process.once('message', () => {
  ending.abort();
  clearInterval(refreshing);
  void Promise.all(attacks).then(() => {
    process.send({ counts: tally.counts, faults }, () => process.disconnect());
    agent.destroy();
  });
});
