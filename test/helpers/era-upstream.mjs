// An MCP server that speaks one revision and no other: over HTTP at `/<revision>` (2024-11-05 by HTTP and Server-Sent
// Events at `/2024-11-05/sse`), on a port that it writes to standard output, or with `stdio <revision>` as its
// arguments over stdio. Its numbers go through as they are written. Into the file that SEEN names it writes what was
// cancelled, and what no client of its revision would have sent.
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { catalogOf, formOf, resultsOf } from './era-catalog.mjs';

const MODERN = '2026-07-28';
const exact = (_name, value, { source }) => (typeof value === 'number' ? JSON.rawJSON(source) : value);
const read = (text) => JSON.parse(text, exact);
/** A plain copy, for what is computed with. */
const plain = (value) => JSON.parse(JSON.stringify(value));
const since = (revision, first) => revision >= first;

const note = (what, which) => appendFileSync(process.env.SEEN, `${what} ${which}\n`);
const wrong = (which) => note('wrong', which);

const METHODS = {
  initialize: ['2024-11-05', '2025-11-25'],
  ping: ['2024-11-05', '2025-11-25'],
  'server/discover': [MODERN, MODERN],
  'tools/list': ['2024-11-05', MODERN],
  'tools/call': ['2024-11-05', MODERN],
  'resources/list': ['2024-11-05', MODERN],
  'resources/templates/list': ['2024-11-05', MODERN],
  'resources/read': ['2024-11-05', MODERN],
  'prompts/list': ['2024-11-05', MODERN],
  'prompts/get': ['2024-11-05', MODERN],
  'completion/complete': ['2024-11-05', MODERN],
  'tasks/get': ['2025-11-25', MODERN],
  'tasks/result': ['2025-11-25', '2025-11-25'],
  'tasks/cancel': ['2025-11-25', MODERN],
};

const fail = (code, message, data) => Object.assign(new Error(message), { code, data });

/** Revision 2026-07-28, basic/index, "Results". */
const enveloped = (result) => ({
  resultType: 'complete',
  ...result,
  _meta: { ...result._meta, 'io.modelcontextprotocol/serverInfo': { name: 'era', version: '1.0.0' } },
});

/** One client: what it has asked, and what it is asked. */
class Peer {
  constructor(revision) {
    this.revision = revision;
    this.waiting = new Map();
    this.calls = new Map();
    this.tasks = new Map();
    this.nextId = 1;
    this.isInitialized = false;
  }

  /**
   * Answers a request with the text of a response, a notification with nothing.
   *
   * @param send gives a message of ours to the client, ahead of its answer
   */
  async take(text, send) {
    const message = read(text);
    if (message.method === undefined) {
      this.waiting.get(Number(message.id?.rawJSON))?.(message);
      return undefined;
    }
    const { id, method, params = {} } = message;
    if (id === undefined) return this.notified(method, params);
    try {
      const result = await this.answer(method, params, send, JSON.stringify(id));
      if (result === undefined) return undefined;
      const isModern = this.revision === MODERN;
      return JSON.stringify({
        jsonrpc: '2.0',
        id,
        result: isModern ? enveloped(result) : result,
      });
    } catch (error) {
      const { code = -32603, message: why, data } = error;
      return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: why, data } });
    }
  }

  notified(method, params) {
    if (method !== 'notifications/cancelled') return;
    if (this.revision === MODERN && !this.isStdio) wrong('notifications/cancelled over HTTP');
    this.calls.get(JSON.stringify(params.requestId))?.cancel();
  }

  async answer(method, params, send, id) {
    const [first, last] = METHODS[method] ?? [];
    if (first === undefined || this.revision < first || this.revision > last) {
      // Whoever knows the newer revision asks whether we do.
      if (method !== 'server/discover') wrong(`${method} under ${this.revision}`);
      throw fail(-32601, `Method not found: ${method}`);
    }
    if (this.revision !== MODERN && method !== 'initialize' && !this.isInitialized)
      throw fail(-32600, 'Not initialized');
    const { revision } = this;
    const catalog = catalogOf(revision);
    const cached = revision === MODERN && { ttlMs: 0, cacheScope: 'private' };
    switch (method) {
      case 'initialize':
        this.isInitialized = true;
        this.capabilities = plain(params.capabilities);
        // A version that it does not know it answers with its own (lifecycle, "Version Negotiation").
        return {
          protocolVersion: revision,
          capabilities: catalog.capabilities,
          serverInfo: { name: 'era', version: '1.0.0' },
        };
      case 'server/discover':
        return { supportedVersions: [MODERN], capabilities: catalog.capabilities, ...cached };
      case 'ping':
        return {};
      case 'tools/list':
        return { tools: catalog.tools, ...cached };
      case 'resources/list':
        return { resources: catalog.resources, ...cached };
      case 'resources/templates/list':
        return { resourceTemplates: catalog.templates, ...cached };
      case 'prompts/list':
        return { prompts: catalog.prompts, ...cached };
      case 'resources/read':
        return { ...resultsOf(revision).read(params.uri), ...cached };
      case 'prompts/get':
        return resultsOf(revision).prompt(params);
      case 'completion/complete':
        return resultsOf(revision).completion(params);
      case 'tools/call':
        return this.call(params, send, id);
      default:
        return this.task(method, params);
    }
  }

  declared(params) {
    // Of the others it is that of the connection, whoever calls.
    if (this.revision !== MODERN) return null;
    return plain(params._meta['io.modelcontextprotocol/clientCapabilities']);
  }

  async call(params, send, id) {
    const { revision } = this;
    const results = resultsOf(revision);
    const token = params._meta?.progressToken;
    switch (params.name) {
      case 'all':
        return results.all(params.arguments, this.declared(params));
      case 'any':
        return results.any();
      case 'fails':
        return results.failure();
      case 'steps':
        for (const step of results.steps) {
          if (token === undefined) break;
          send({
            jsonrpc: '2.0',
            method: 'notifications/progress',
            params: { progressToken: token, ...step },
          });
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
        return results.all({}, null);
      case 'asks':
        return this.ask(params, send);
      case 'hold':
        return this.hold(params, id);
      case 'long':
        return this.begin(params);
      default:
        throw fail(-32602, `Unknown tool: ${params.name}`);
    }
  }

  async ask({ inputResponses, requestState, _meta }, send) {
    const told = (answer) => ({ content: [{ type: 'text', text: JSON.stringify(answer) }] });
    const params = formOf(this.revision);
    if (this.revision === MODERN) {
      if (plain(_meta['io.modelcontextprotocol/clientCapabilities']).elicitation === undefined)
        throw fail(-32021, 'It cannot be asked', { requiredCapabilities: { elicitation: { form: {} } } });
      if (inputResponses?.form !== undefined && requestState === 'état') return told(inputResponses.form);
      return {
        resultType: 'input_required',
        inputRequests: { form: { method: 'elicitation/create', params } },
        requestState: 'état',
      };
    }
    if (!since(this.revision, '2025-06-18')) throw fail(-32603, `Nobody is asked under ${this.revision}`);
    if (this.capabilities.elicitation === undefined) throw fail(-32603, 'It cannot be asked');
    const id = this.nextId++;
    const answered = new Promise((resolve) => this.waiting.set(id, resolve));
    send({ jsonrpc: '2.0', id, method: 'elicitation/create', params });
    const { result, error } = await answered;
    if (error !== undefined) throw fail(-32603, 'It has not answered');
    return told(result);
  }

  hold(params, id) {
    return new Promise((resolve) => {
      const cancel = () => {
        this.calls.delete(id);
        note('cancelled', params.arguments.name);
        // Nothing is answered (basic/utilities/cancellation).
        resolve(undefined);
      };
      this.calls.set(id, { cancel });
      note('held', params.arguments.name);
    });
  }

  begin({ arguments: args, task, _meta }) {
    const result = resultsOf(this.revision).all(args, null);
    const now = new Date().toISOString();
    const times = { createdAt: now, lastUpdatedAt: now };
    const taskId = randomUUID();
    if (this.revision === MODERN) {
      const declared = plain(_meta['io.modelcontextprotocol/clientCapabilities']);
      if (declared.extensions?.['io.modelcontextprotocol/tasks'] === undefined) return result;
      tasks.set(taskId, result);
      return { resultType: 'task', taskId, status: 'working', ...times, ttlMs: 60_000, pollIntervalMs: 100 };
    }
    if (task === undefined) throw fail(-32601, 'It runs as a task');
    this.tasks.set(taskId, result);
    return { task: { taskId, status: 'working', ...times, ttl: 60_000, pollInterval: 100 } };
  }

  task(method, { taskId }) {
    const of = this.revision === MODERN ? tasks : this.tasks;
    const result = of.get(taskId);
    if (result === undefined) throw fail(-32602, 'Unknown task');
    const now = new Date().toISOString();
    const times = { createdAt: now, lastUpdatedAt: now };
    if (method === 'tasks/result')
      return { ...result, _meta: { ...result._meta, 'io.modelcontextprotocol/related-task': { taskId } } };
    if (this.revision === MODERN)
      return { taskId, status: 'completed', ...times, ttlMs: 60_000, pollIntervalMs: 100, result };
    return { taskId, status: 'completed', ...times, ttl: 60_000, pollInterval: 100 };
  }
}

/** Of revision 2026-07-28, which has no sessions. */
const tasks = new Map();
const sessions = new Map();
const channels = new Map();

function serveHttp() {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
    request.on('end', () => void route(request, response, body).catch((error) => response.destroy(error)));
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
}

async function route(request, response, body) {
  const [, revision, place] = request.url.split('?')[0].split('/');
  const refuse = (status, code, message, id) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ jsonrpc: '2.0', ...(id !== undefined && { id }), error: { code, message } }),
    );
  };
  if (revision === '2024-11-05') return routeEvents(request, response, body, place);
  if (request.method !== 'POST') return response.writeHead(405).end();
  const { id, method, params } = read(body);
  const { 'mcp-session-id': sessionId, 'mcp-protocol-version': version } = request.headers;
  if (revision === MODERN) {
    const claimed = params?._meta?.['io.modelcontextprotocol/protocolVersion'];
    if (claimed !== MODERN || version !== MODERN || request.headers['mcp-method'] !== method)
      return refuse(400, -32022, `Speak ${MODERN}`, id);
    const peer = new Peer(MODERN);
    if (method === 'tools/call' && params.name === 'hold')
      response.on('close', () => [...peer.calls.values()].forEach(({ cancel }) => cancel()));
    return stream(peer, body, response);
  }
  if (method === 'initialize') {
    const peer = new Peer(revision);
    const answer = await peer.take(body, () => undefined);
    const session = randomUUID();
    sessions.set(session, peer);
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': session });
    return response.end(answer);
  }
  const peer = sessions.get(sessionId);
  if (peer?.revision !== revision)
    return refuse(sessionId === undefined ? 400 : 404, -32000, 'No session', id);
  // Since 2025-06-18 a client names the revision with each request (basic/transports).
  if (since(revision, '2025-06-18') ? version !== revision : version !== undefined && version !== revision)
    return refuse(400, -32000, `Speak ${revision}`, id);
  if (id === undefined || method === undefined) {
    await peer.take(body, () => undefined);
    return response.writeHead(202).end();
  }
  return stream(peer, body, response);
}

/** A stream of events, whose last is the answer. */
async function stream(peer, body, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (message) => response.write(`data: ${JSON.stringify(message)}\n\n`);
  const answer = await peer.take(body, send);
  response.end(answer === undefined ? '' : `data: ${answer}\n\n`);
}

async function routeEvents(request, response, body, place) {
  if (request.method === 'GET' && place === 'sse') {
    const channel = randomUUID();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: endpoint\ndata: /2024-11-05/messages?channel=${channel}\n\n`);
    channels.set(channel, { peer: new Peer('2024-11-05'), response });
    return response.on('close', () => channels.delete(channel));
  }
  const found = channels.get(new URL(request.url, 'http://localhost').searchParams.get('channel'));
  if (place !== 'messages' || request.method !== 'POST' || found === undefined)
    return response.writeHead(place === 'sse' ? 405 : 404).end();
  response.writeHead(202).end();
  const send = (message) => found.response.write(`event: message\ndata: ${message}\n\n`);
  const answer = await found.peer.take(body, (message) => send(JSON.stringify(message)));
  if (answer !== undefined) send(answer);
}

async function serveStdio(revision) {
  const peer = new Peer(revision);
  peer.isStdio = true;
  const write = (text) => process.stdout.write(`${text}\n`);
  let rest = '';
  // Messages are delimited by newlines alone; readline knows further ends of lines.
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      void peer
        .take(line, (message) => write(JSON.stringify(message)))
        .then((answer) => answer !== undefined && write(answer));
    }
  }
}

if (process.argv[2] === 'stdio') await serveStdio(process.argv[3]);
else serveHttp();
