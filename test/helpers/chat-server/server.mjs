// An OpenAI-compatible chat server in a process of its own. What it does is decided by the model that a request names:
// those of model.mjs, and those below, each of which has one fault.
import { createServer } from 'node:http';
import { careless, endless, greedy, mirror, obedient, rules } from './model.mjs';
import { chunks, completion, errorBody, problemWith } from './wire.mjs';

const models = new Map(Object.entries({ careless, endless, greedy, mirror, obedient, rules }));
const KEY = process.env.CHAT_SERVER_KEY;
const seen = [];
/** Answers that are held: those of the model `held`, until POST /test/release. */
const held = new Set();

const json = (response, status, body, headers = {}) => {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
};
const beginStream = (response) =>
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
const event = (response, data) =>
  response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);

const say = (request) => [...chunks(request, { text: 'This answer will not come to its end.' })];

/** Models with a fault: (request, response) => void */
const FAULTS = {
  broken: (_request, response) =>
    json(response, 500, errorBody('The backend is out of memory', 'server_error')),
  loading: (_request, response) =>
    json(response, 503, errorBody('Loading model', 'unavailable_error'), { 'retry-after': '3' }),
  busy: (_request, response) =>
    json(response, 429, errorBody('Rate limit reached', 'requests', 'rate_limit_exceeded'), {
      'retry-after': '7',
    }),
  // Headers, and never a chunk.
  silent: (_request, response) => beginStream(response).flushHeaders(),
  // Not even headers.
  dumb: () => undefined,
  cut: (request, response) => {
    beginStream(response);
    for (const chunk of say(request).slice(0, 3)) event(response, chunk);
    setTimeout(() => response.destroy(), 20);
  },
  // Ends in order, but in the middle of the answer.
  short: (request, response) => {
    beginStream(response);
    for (const chunk of say(request).slice(0, 3)) event(response, chunk);
    response.end();
  },
  malformed: (request, response) => {
    beginStream(response);
    event(response, say(request)[0]);
    event(response, '{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"half a ch');
    response.end();
  },
  vast: (_request, response) => {
    beginStream(response);
    const members = Array.from({ length: 190_000 }, (_, index) => `"m${index}":0`).join();
    event(response, `{"id":"chatcmpl-1","choices":[],${members}}`);
    response.end();
  },
  unshaped: (_request, response) => {
    beginStream(response);
    event(response, { hello: 'world' });
    event(response, '[DONE]');
    response.end();
  },
  failing: (request, response) => {
    beginStream(response);
    event(response, say(request)[0]);
    event(response, errorBody('The context is full', 'server_error'));
    response.end();
  },
  held: (request, response) => {
    beginStream(response);
    for (const chunk of say(request).slice(0, 3)) event(response, chunk);
    const release = () => {
      for (const chunk of [...chunks(request, { text: 'Released.' })]) event(response, chunk);
      event(response, '[DONE]');
      response.end();
    };
    held.add(release);
    response.once('close', () => held.delete(release));
  },
  // Calls a tool, and is out of order when it is to answer.
  lapsing: (request, response) => {
    const hasResult = request.messages.at(-1).role === 'tool';
    return hasResult ? FAULTS.broken(request, response) : answer(request, response, endless());
  },
};

function answer(request, response, decision) {
  if (request.stream !== true) {
    json(response, 200, completion(request, decision));
    return;
  }
  beginStream(response);
  for (const chunk of chunks(request, decision)) event(response, chunk);
  event(response, '[DONE]');
  response.end();
}

function complete(request, response) {
  const problem = problemWith(request);
  if (problem !== undefined) return json(response, 400, errorBody(problem));
  const { model, messages, tools = [], tool_choice: choice } = request;
  if (Object.hasOwn(FAULTS, model)) return FAULTS[model](request, response);
  const decide = models.get(model);
  if (decide === undefined) {
    return json(
      response,
      404,
      errorBody(`The model \`${model}\` does not exist`, 'invalid_request_error', 'model_not_found'),
    );
  }
  return answer(request, response, decide(messages, tools, choice !== 'none'));
}

async function handle(request, response) {
  const { method, url, headers } = request;
  let text = '';
  for await (const chunk of request) text += chunk;
  switch (`${method} ${url}`) {
    case 'GET /health':
      return json(response, 200, { status: 'ok' });
    case 'GET /test/requests':
      return json(response, 200, seen);
    case 'GET /test/state':
      return server.getConnections((_error, connections) =>
        json(response, 200, { held: held.size, connections }),
      );
    case 'POST /test/release':
      for (const release of held) release();
      return json(response, 200, {});
    default:
  }
  if (KEY !== undefined && headers.authorization !== `Bearer ${KEY}`) {
    return json(
      response,
      401,
      errorBody(
        `Incorrect API key provided: ${headers.authorization}`,
        'invalid_request_error',
        'invalid_api_key',
      ),
    );
  }
  switch (`${method} ${url}`) {
    case 'GET /v1/models':
      return json(response, 200, {
        object: 'list',
        data: [...models.keys()].map((id) => ({ id, object: 'model', created: 0, owned_by: 'tests' })),
      });
    case 'POST /v1/chat/completions': {
      const body = JSON.parse(text);
      seen.push({ headers, body });
      return complete(body, response);
    }
    default:
      return json(response, 404, errorBody('Unknown request URL', 'invalid_request_error', 'unknown_url'));
  }
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => json(response, 500, errorBody(String(error), 'server_error')));
});
// On a busy machine a request may be on its way just when a connection has been idle for too long.
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env.CHAT_SERVER_PORT ?? 0), '127.0.0.1', () =>
  console.log(server.address().port),
);
// Ends with the test that has started it, whichever way that ends.
process.stdin.resume().on('end', () => process.exit(0));
