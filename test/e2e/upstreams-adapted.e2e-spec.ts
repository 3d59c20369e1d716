import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { startServer, type TestServer } from '../helpers/app.js';
import { type Json, legacy } from '../helpers/mcp-requests.js';
import { ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';

interface Listed {
  readonly name: string;
  readonly inputSchema: Json;
  readonly outputSchema?: Json;
}

const properties = (a: unknown): Json => ({ type: 'object', properties: { a } });

/** Tools as they are found in the field, each of which some validator or model API does not take. */
const TOOLS: readonly Json[] = [
  { name: 'sound', inputSchema: properties({ type: 'string' }) },
  { name: 'pattern', inputSchema: properties({ type: 'string', pattern: String.raw`^https\:\/\/[\w-.]+$` }) },
  { name: 'enum', inputSchema: properties({ type: 'string', enum: [] }) },
  { name: 'draft4', inputSchema: properties({ type: 'number', minimum: 0, exclusiveMinimum: true }) },
  {
    name: 'either',
    inputSchema: {
      type: 'object',
      anyOf: [
        { properties: { id: { type: 'integer' } }, required: ['id'] },
        { properties: { name: { type: 'string' } }, required: ['name'] },
      ],
    },
  },
  {
    name: 'output',
    inputSchema: { type: 'object' },
    outputSchema: { type: 'object', properties: { a: { $ref: '#/nowhere' } } },
  },
  { name: 'constructor', inputSchema: { type: 'object' } },
  { name: '__proto__', inputSchema: { type: 'object' } },
  { name: 'toString', inputSchema: { type: 'object' } },
  { name: 'calendar.read', inputSchema: { type: 'object' } },
  { name: 'прогноз', inputSchema: { type: 'object' } },
  { name: `long_${'x'.repeat(100)}`, inputSchema: { type: 'object' } },
];

/** Tools whose arguments nobody can ever check. */
const CIRCLES: readonly Json[] = [
  { name: 'itself', inputSchema: { type: 'object', allOf: [{ $ref: '#' }] } },
  {
    name: 'around',
    inputSchema: {
      type: 'object',
      allOf: [{ $ref: '#/$defs/a' }],
      $defs: { a: { not: { $ref: '#/$defs/b' } }, b: { oneOf: [{ $ref: '#/$defs/a' }] } },
    },
  },
];

/** An MCP server of 2025-06-18 that answers a call with the arguments it was given. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  if (request.method !== 'POST') return response.writeHead(405).end();
  const { id, method, params = {} } = (await json(request)) as Json & { params?: Json };
  if (id === undefined) return response.writeHead(202).end();
  const results: Record<string, Json> = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'odd', version: '1.0.0' },
    },
    'tools/list': { tools: [...TOOLS, ...CIRCLES] },
    'tools/call': {
      content: [
        { type: 'text', text: JSON.stringify({ name: params['name'], arguments: params['arguments'] }) },
      ],
    },
  };
  const result = results[method as string];
  const outcome = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
  response.setHeader('content-type', 'application/json');
  return response.end(JSON.stringify({ jsonrpc: '2.0', id, ...outcome }));
}

async function startUpstream(): Promise<Server> {
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('Tools of an upstream that a model or a validator would not take', () => {
  let upstream: Server;
  let file: ServersFile;
  let server: TestServer;
  let listed: ReadonlyMap<string, Listed>;

  beforeAll(async () => {
    upstream = await startUpstream();
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    file = new ServersFile({ odd: { url }, same: { url, inputSchemas: 'as-is', allow: ['either'] } });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'odd', 'same');
    const response = await server.mcp(legacy('tools/list', {}));
    const { result } = (await response.json()) as { result: { tools: Listed[] } };
    listed = new Map(result.tools.map((tool) => [tool.name, tool]));
  });
  afterAll(async () => {
    await server.close();
    upstream.closeAllConnections();
    upstream.close();
    file.remove();
  });

  const call = async (name: string, args: Json): Promise<string> => {
    const response = await server.mcp(legacy('tools/call', { name, arguments: args }));
    const { result } = (await response.json()) as { result: { content: { text: string }[] } };
    return result.content[0]!.text;
  };
  const called = (name: string, args: Json): string => JSON.stringify({ name, arguments: args });
  const nameLike = (pattern: RegExp): string =>
    [...listed.keys()].find((name) => pattern.test(name)) ?? 'none';
  const changesOf = (name: string): readonly string[] => {
    const { adapted } = upstreamReport(server, 'odd') as unknown as {
      adapted: { name: string; changes: string[] }[];
    };
    return adapted.find((one) => one.name === name)?.changes ?? [];
  };

  it('are set aside where no arguments can be checked', () => {
    expect(upstreamReport(server, 'odd')).toMatchObject({
      quarantined: CIRCLES.map(({ name }) => ({
        name,
        reason: 'Its schema is itself, by references in a circle: no arguments can be checked',
      })),
    });
  });

  it('are all served else, with names that model APIs take', () => {
    const own = [...listed.keys()].filter((name) => name.startsWith('odd_'));
    expect(own).toHaveLength(TOOLS.length);
    for (const name of own) expect(name).toMatch(/^[A-Za-z0-9_-]{1,48}$/);
  });

  it.each(['constructor', '__proto__', 'toString'])('are called %s, as it is', async (own) => {
    expect(await call(`odd_${own}`, {})).toBe(called(own, {}));
    expect(changesOf(`odd_${own}`)).toEqual([]);
  });

  it.each([
    [/^odd_calendar_read_/, 'calendar.read'],
    [/^odd_prognoz_/, 'прогноз'],
    [/^odd_long_x+_/, `long_${'x'.repeat(100)}`],
  ])('are called by their own name, whatever they are called here: %s', async (pattern, own) => {
    const name = nameLike(pattern);
    expect(await call(name, {})).toBe(called(own, {}));
    expect(changesOf(name)[0]).toContain('The upstream calls it');
  });

  it.each([
    ['odd_pattern', 'pattern', { a: 'https://a-b.c' }, { a: 'http://a' }],
    ['odd_enum', 'enum', { a: 'x' }, { a: 1 }],
    ['odd_draft4', 'draft4', { a: 1 }, { a: 0 }],
    ['odd_either', 'either', { id: 1 }, {}],
    ['odd_either', 'either', { name: 'x', id: 'y' }, { id: 'y' }],
  ])('are checked by what their schema means: %s', async (name, own, fitting, unfitting) => {
    expect(await call(name, fitting)).toBe(called(own, fitting));
    expect(await call(name, unfitting)).toContain('Invalid arguments');
    expect(changesOf(name)).not.toEqual([]);
  });

  it('are listed as one object where they combine several, unless the entry says otherwise', () => {
    expect(listed.get('odd_either')?.inputSchema).toEqual({
      type: 'object',
      description: 'Needs one of these sets of arguments: id; or name.',
      properties: { id: { type: 'integer' }, name: { type: 'string' } },
    });
    expect(listed.get('same_either')?.inputSchema).toEqual(
      TOOLS.find(({ name }) => name === 'either')?.['inputSchema'],
    );
  });

  it('lose an output schema that nobody can compile, and nothing else', async () => {
    expect(listed.get('odd_output')).not.toHaveProperty('outputSchema');
    expect(changesOf('odd_output')).toEqual([expect.stringContaining('outputSchema: It counts as absent.')]);
    expect(await call('odd_output', {})).toBe(called('output', {}));
  });

  it('are not said to be adapted when they are not', () => {
    expect(changesOf('odd_sound')).toEqual([]);
  });
});
