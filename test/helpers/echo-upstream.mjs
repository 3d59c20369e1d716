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

let calls = 0;

function resultOf({ method, params }, isModern) {
  switch (method) {
    case 'server/discover':
      if (!isModern) return undefined;
      return {
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
        ttlMs: 0,
        cacheScope: 'private',
      };
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'echo', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools: TOOLS, ...(isModern && { ttlMs: 0, cacheScope: 'private' }) };
    case 'tools/call': {
      const text = JSON.stringify(params.arguments);
      calls += 1;
      return {
        content: [{ type: 'text', text, annotations: { priority: JSON.rawJSON('0.10000000000000000555') } }],
        structuredContent: { arguments: params.arguments, calls },
        _meta: { 'example.com/id': JSON.rawJSON('1915883588174806058') },
      };
    }
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
