// What a server meets whose upstreams are hostile: an MCP server over Streamable HTTP, one over stdio (with `--stdio`), the
// API behind an OpenAPI document, and a chat server. Each answer is the next odd one of the seed.
import { createServer } from 'node:http';
import { Dice, oddJson, oddSchema, oddText, oddValue, Tally } from './oddities.mjs';
import { linesOf } from '../helpers/lines.mjs';

const dice = new Dice(Number(process.env.HOSTILE_SEED ?? 1));
const tally = new Tally();
const TOOLS = Array.from({ length: 10 }, (_, index) => `odd_${index}`);
const result = (id, value) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${value}}`;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A page of tools: on the first the ten that are called, and on each as many others as make a catalogue odd. */
function catalogue(isFirst) {
  const plain = (name) => ({ name, inputSchema: { type: 'object', properties: { value: {} } } });
  const odd = () => ({
    name: dice.chance(0.5) ? `t${dice.below(1e6)}` : oddText(dice, 2000),
    description: oddText(dice, 5000),
    inputSchema: oddSchema(dice),
    ...(dice.chance(0.3) && { outputSchema: oddSchema(dice) }),
    ...(dice.chance(0.2) && {
      _meta: JSON.parse(oddValue(dice, 5000)),
      annotations: JSON.parse(oddValue(dice, 500)),
    }),
  });
  const tools = TOOLS.map(plain);
  for (const tool of tools.slice(5)) tool.inputSchema = oddSchema(dice);
  for (const tool of tools.slice(7)) tool.outputSchema = oddSchema(dice);
  const more = dice.pick([0, 10, 100, 1000]);
  tally.add('catalogue', more);
  return [...(isFirst ? tools : []), ...Array.from({ length: more }, odd)];
}

/** The texts of the messages with which a request is answered; the last one is the answer. */
function messagesFor({ id, method, params }) {
  switch (method) {
    case 'initialize':
      return [
        result(
          id,
          JSON.stringify({
            protocolVersion: params.protocolVersion,
            serverInfo: { name: 'odd', version: '1' },
            capabilities: { tools: { listChanged: true }, resources: {}, prompts: {} },
          }),
        ),
      ];
    case 'tools/list':
      return [
        result(
          id,
          JSON.stringify({
            tools: catalogue(params?.cursor === undefined),
            ...(dice.chance(0.7) && { nextCursor: `${dice.below(1e6)}` }),
          }),
        ),
      ];
    case 'resources/list':
      return [
        result(
          id,
          JSON.stringify({
            resources: Array.from({ length: dice.pick([1, 100]) }, () => ({
              uri: `odd:${oddText(dice, 10_000)}`,
              name: oddText(dice, 300),
            })),
          }),
        ),
      ];
    case 'resources/templates/list':
      return [
        result(
          id,
          JSON.stringify({
            resourceTemplates: Array.from({ length: 5 }, () => ({
              uriTemplate: `odd:${oddText(dice, 100_000)}`,
              name: 'odd',
            })),
          }),
        ),
      ];
    case 'prompts/list':
      return [
        result(
          id,
          JSON.stringify({
            prompts: Array.from({ length: dice.pick([1, 1000]) }, () => ({
              name: oddText(dice, 200),
              arguments: [{ name: oddText(dice, 100) }],
            })),
          }),
        ),
      ];
    case 'ping':
      return [result(id, '{}')];
    default:
      return answer(id, params);
  }
}

function answer(id, params) {
  const progress = (step) =>
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: params?._meta?.progressToken ?? 1, progress: step, message: 'x' },
    });
  const kinds = {
    text: () => [result(id, JSON.stringify({ content: [{ type: 'text', text: oddText(dice) }] }))],
    structured: () => [result(id, `{"content":[],"structuredContent":{"value":${oddJson(dice)}}}`)],
    content: () => [
      result(
        id,
        JSON.stringify({
          content: Array.from({ length: dice.pick([1, 1000, 20_000]) }, () => ({ type: 'text', text: 'x' })),
        }),
      ),
    ],
    large: () => [
      result(id, JSON.stringify({ content: [{ type: 'text', text: 'x'.repeat(dice.pick([4e6, 10e6])) }] })),
    ],
    raw: () => [result(id, oddJson(dice))],
    broken: () => [oddJson(dice).slice(0, -1)],
    otherId: () => [result(oddText(dice, 100), '{}'), result(id, '{"content":[]}')],
    progress: () => [
      ...Array.from({ length: 2000 }, (_, step) => progress(step)),
      result(id, '{"content":[]}'),
    ],
    log: () => [
      ...Array(500).fill(
        JSON.stringify({
          jsonrpc: '2.0',
          method: 'notifications/message',
          params: { level: 'error', data: oddText(dice, 10_000) },
        }),
      ),
      result(id, '{"content":[]}'),
    ],
    changed: () => [
      ...Array(dice.pick([1, 2000])).fill('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'),
      result(id, '{"content":[]}'),
    ],
    question: () => [
      JSON.stringify({
        jsonrpc: '2.0',
        id: 'q',
        method: 'elicitation/create',
        params: { message: oddText(dice, 10_000), requestedSchema: oddSchema(dice) },
      }),
      result(id, '{"content":[]}'),
    ],
    error: () => [
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":${dice.pick(['-32603', '1e308', '"x"'])},"message":${JSON.stringify(oddText(dice))},"data":${oddJson(dice)}}}`,
    ],
    silent: () => [],
  };
  const kind = dice.pick(Object.keys(kinds));
  tally.add('answer', kind);
  return kinds[kind]();
}

/** Up to 1 MB of lines that say nothing. */
function lines(kind, chance, choices) {
  if (!dice.chance(chance)) return '';
  const line = dice.pick(choices);
  tally.add(kind, JSON.stringify(line.slice(-20)));
  return line.repeat(dice.pick([1_000, 1_000_000 / line.length]));
}

const bodyOf = async (request) => Buffer.concat(await request.toArray()).toString('utf8');

async function serveMcp(request, response) {
  if (request.method !== 'POST') return response.writeHead(405).end();
  const message = JSON.parse(await bodyOf(request));
  if (message.id === undefined || message.method === undefined) return response.writeHead(202).end();
  const texts = messagesFor(message);
  if (message.method === 'tools/call' && dice.chance(0.05)) return response.destroy();
  if (texts.length === 1 && dice.chance(0.5)) {
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(texts[0]);
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`${lines('event', 0.1, ['data:x\n', 'x:y\n', ': \n', '\n', '\r\n'])}\n\n`);
  for (const text of texts) {
    if (response.destroyed) return;
    // Small steps now and then: an event that comes in pieces.
    if (!response.write(`data: ${text}\n\n`))
      await Promise.race([new Promise((resolve) => response.once('drain', resolve)), sleep(5000)]);
  }
  if (texts.length > 0) response.end();
}

/** The operations' answers: every body and type that JSON over HTTP can be got wrong with. */
function serveApi(request, response) {
  request.resume();
  const type = dice.pick([
    'application/json',
    'application/problem+json',
    'text/plain',
    'text/html',
    'application/octet-stream',
    'image/png',
    'x'.repeat(1000),
  ]);
  const status = dice.pick([200, 200, 200, 204, 400, 404, 500, 302]);
  tally.add('api', `${status}`);
  response.writeHead(status, {
    'content-type': type,
    ...(status === 302 && { location: 'http://127.0.0.1:1/' }),
  });
  if (status === 204) response.end();
  else if (dice.chance(0.1)) response.write(oddJson(dice).slice(0, 100));
  else response.end(oddJson(dice));
}

async function serveChat(request, response) {
  if (request.method !== 'POST')
    return response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}');
  const { stream } = JSON.parse(await bodyOf(request));
  const call = {
    id: 'c',
    type: 'function',
    function: {
      name: dice.pick(['network_interfaces', oddText(dice, 1000)]),
      arguments: dice.pick(['{}', oddJson(dice)]),
    },
  };
  const message = {
    role: 'assistant',
    content: oddText(dice),
    ...(dice.chance(0.4) && { tool_calls: Array.from({ length: dice.pick([1, 100]) }, () => ({ ...call })) }),
  };
  const kind = dice.pick(['message', 'odd', 'broken', 'reset', 'flood']);
  tally.add('chat', kind);
  if (kind === 'reset') return response.destroy();
  if (stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    const sound = JSON.stringify({ choices: [{ index: 0, finish_reason: 'stop', message }] });
    return response.end(kind === 'message' ? sound : kind === 'odd' ? oddJson(dice) : sound.slice(0, -2));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (delta) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
  if (kind === 'flood')
    for (let at = 0; at < 20_000 && !response.destroyed; at += 1) response.write(chunk({ content: 'x' }));
  else
    response.write(
      kind === 'message'
        ? chunk({ content: message.content, tool_calls: message.tool_calls })
        : `data: ${oddJson(dice)}\n\n`,
    );
  response.end('data: [DONE]\n\n');
}

/** So many in a row that are no messages are put up with. */
const MANY_AND_ONE = `${'x\n'.repeat(900)}{"jsonrpc":"2.0","method":"notifications/x"}\n`;

async function serveStdio() {
  const write = (text) => new Promise((resolve) => process.stdout.write(text, resolve));
  for await (const line of linesOf(process.stdin)) {
    const message = JSON.parse(line);
    if (message.id === undefined || message.method === undefined) continue;
    if (message.method === 'tools/call' && dice.chance(0.02)) process.exit(3);
    if (dice.chance(0.1)) process.stderr.write(`${oddText(dice)}\n`.repeat(dice.pick([1, 5])));
    if (dice.chance(0.05)) await write(`${oddText(dice)}\n`);
    await write(lines('stdio', 0.01, ['x\n', '{"jsonrpc":"2.0","id":1}\n', '\n', '\r\n', MANY_AND_ONE]));
    for (const text of messagesFor(message)) await write(`${text}\n`);
  }
}

if (process.argv.includes('--stdio')) await serveStdio();
else {
  // Whoever goes away in the middle is no reason to end.
  process.on('uncaughtException', () => undefined);
  const serve = (handler) =>
    new Promise((resolve) => {
      const server = createServer(
        (request, response) =>
          void Promise.resolve(handler(request, response)).catch(() => response.destroy()),
      );
      server.listen(0, '127.0.0.1', () => resolve(server.address().port));
    });
  process.on('message', () => process.send({ counts: tally.counts }));
  process.send({
    ports: { mcp: await serve(serveMcp), api: await serve(serveApi), chat: await serve(serveChat) },
  });
  process.on('disconnect', () => process.exit());
}
