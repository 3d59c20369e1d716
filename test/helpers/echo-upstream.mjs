// An MCP server that answers with the arguments as they came, number for number: over stdio, or with `http` as its
// argument on a port that it writes to standard output. The path is the form: /legacy, /legacy-events, /modern, /modern-events.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const exact = (_name, value, { source }) => (typeof value === 'number' ? JSON.rawJSON(source) : value);

const TOOLS = [
  {
    name: 'echo',
    description: 'Answers with its arguments.',
    inputSchema: {
      type: 'object',
      properties: {
        id: { type: 'integer', maximum: JSON.rawJSON('9223372036854775807') },
        ids: { type: 'array', items: { type: 'integer' }, uniqueItems: true },
        note: { type: 'string', default: 'none' },
      },
    },
    outputSchema: { type: 'object', properties: { arguments: { type: 'object' } } },
  },
  {
    name: 'long',
    description: 'The same.',
    inputSchema: { type: 'object' },
    execution: { taskSupport: 'optional' },
  },
];

const APP = 'ui://echo/app.html';
const META = {
  'example.com/odd': [null, { a: 1.5 }],
  ui: { resourceUri: APP, visibility: ['model'] },
  'ui/resourceUri': APP,
};
TOOLS.push({
  name: 'app',
  description: 'Has a user interface.',
  inputSchema: { type: 'object' },
  _meta: META,
});
const RESOURCE = {
  uri: APP,
  name: 'app',
  mimeType: 'text/html;profile=mcp-app',
  size: 42,
  _meta: { ui: { csp: { connectDomains: ['https://example.com'] } } },
};
const BLOCK_META = { _meta: { 'example.com/of': 'a block' } };
/** One of each type. */
const BLOCKS = [
  { type: 'text', text: 'a', ...BLOCK_META },
  { type: 'image', data: 'aGk=', mimeType: 'image/png', ...BLOCK_META },
  { type: 'audio', data: 'aGk=', mimeType: 'audio/wav', ...BLOCK_META },
  {
    type: 'resource',
    resource: { uri: 'ui://inline/1', mimeType: 'text/html', text: '<p>', ...BLOCK_META },
    ...BLOCK_META,
  },
  { ...RESOURCE, type: 'resource_link' },
];

let calls = 0;

const CAPABILITIES = { tools: {}, resources: {}, prompts: {} };
const cached = (isModern) => isModern && { ttlMs: 0, cacheScope: 'private' };

function resultOf({ method, params }, isModern) {
  switch (method) {
    case 'server/discover':
      if (!isModern) return undefined;
      return { supportedVersions: ['2026-07-28'], capabilities: CAPABILITIES, ...cached(true) };
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: CAPABILITIES,
        serverInfo: { name: 'echo', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools: TOOLS, ...cached(isModern) };
    case 'tools/call': {
      if (params.name === 'app') {
        const declared = params._meta?.['io.modelcontextprotocol/clientCapabilities'];
        return { content: BLOCKS, _meta: { 'example.com/declared': declared ?? null } };
      }
      const text = JSON.stringify(params.arguments);
      calls += 1;
      return {
        content: [{ type: 'text', text, annotations: { priority: JSON.rawJSON('0.10000000000000000555') } }],
        structuredContent: { arguments: params.arguments, calls },
        _meta: { 'example.com/id': JSON.rawJSON('1915883588174806058') },
      };
    }
    case 'resources/list':
      return { resources: [RESOURCE], ...cached(isModern) };
    case 'resources/templates/list':
      return { resourceTemplates: [{ uriTemplate: 'a:{b}', name: 't', ...BLOCK_META }], ...cached(isModern) };
    case 'resources/read': {
      const { mimeType, _meta } = RESOURCE;
      const contents = [{ uri: params.uri, mimeType, text: `<p>${process.pid}</p>`, _meta }];
      return { contents, ...cached(isModern), _meta: { 'example.com/of': 'a result' } };
    }
    case 'prompts/list':
      return { prompts: [{ name: 'ask', ...BLOCK_META }], ...cached(isModern) };
    case 'prompts/get':
      return {
        description: 'told',
        messages: BLOCKS.map((content) => ({ role: 'user', content })),
        _meta: { 'example.com/of': 'a result' },
      };
    case 'ping':
      return {};
    default:
      return undefined;
  }
}

function answerTo(text, isModern = false) {
  const message = JSON.parse(text, exact);
  if (message.id === undefined) return undefined;
  const result = resultOf(message, isModern);
  const { id } = message;
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    ...(result === undefined
      ? { error: { code: -32601, message: 'Method not found' } }
      : { result: { ...(isModern && { resultType: 'complete' }), ...result } }),
  });
}

if (process.argv[2] === 'http') {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      const answer = answerTo(body, request.url.includes('modern'));
      if (answer === undefined) return response.writeHead(202).end();
      const isStream = request.url.endsWith('events');
      response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
      return response.end(isStream ? `data: ${answer}\n\n` : answer);
    });
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = answerTo(line);
    if (answer !== undefined) process.stdout.write(`${answer}\n`);
  }
}
