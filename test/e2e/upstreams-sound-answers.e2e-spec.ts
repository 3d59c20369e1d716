import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { rawJSON } from '../../src/core/json/exact-numbers.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { type Json, legacy, legacyCall, modern, modernCall } from '../helpers/mcp-requests.js';
import { ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';

const TEXT = { content: [{ type: 'text', text: 'the answer' }] };
const GOOD = { name: 'good', description: 'sound', inputSchema: { type: 'object' } };
const PROMISE = { type: 'object', properties: { fine: { type: 'boolean' } }, required: ['fine'] };
const CACHED = { ttlMs: 0, cacheScope: 'private' };
const ARRAY = { type: 'array', items: { type: 'string' } };

/** What the server of a path answers in place of the usual; all of the members of the message where `raw` is set. */
interface Case {
  readonly tool?: Json;
  readonly list?: Json;
  readonly call?: Json;
  readonly raw?: Json;
  readonly isModern?: boolean;
  /** Whether no result says that it is complete. */
  readonly isBare?: boolean;
  readonly isStream?: boolean;
}

const NULLS = {
  content: [{ type: 'text', text: 'the answer', annotations: null, _meta: null }],
  structuredContent: { kept: null },
  isError: null,
};

const NOT_OF_MCP = 'A block that is not of MCP: ';
const VIDEO = { type: 'video', url: 'x' };
const hinted = (annotations: unknown): Json => ({ ...TEXT.content[0], annotations });
const MANY = Array.from({ length: 400 }, () => TEXT.content[0]);

/** Each with the result that has to reach a caller of the handshake era. */
const CASES: Readonly<Record<string, readonly [Case, Json]>> = {
  'null members of blocks': [{ call: NULLS }, { content: TEXT.content, structuredContent: { kept: null } }],
  'null members of blocks, in events': [
    { call: NULLS, isStream: true },
    { content: TEXT.content, structuredContent: { kept: null } },
  ],
  'a result whose _meta is null': [{ call: { ...TEXT, _meta: null } }, TEXT],
  'a result whose _meta is null, in events': [{ call: { ...TEXT, _meta: null }, isStream: true }, TEXT],
  ...Object.fromEntries(
    Object.entries({ list: [], words: 'x', number: 5 }).flatMap(([form, _meta]) => [
      [`metadata of ${form} beside it`, [{ call: { ...TEXT, _meta } }, TEXT]],
      [`metadata of ${form} beside it, in events`, [{ call: { ...TEXT, _meta }, isStream: true }, TEXT]],
      [
        `metadata of ${form} beside it, of the stateless era`,
        [{ isModern: true, call: { ...TEXT, _meta } }, TEXT],
      ],
      [`metadata of ${form} in its tool`, [{ tool: { _meta } }, TEXT]],
    ]),
  ),
  'a failure that is false in words': [{ call: { ...TEXT, isError: 'false' } }, { ...TEXT, isError: false }],
  'a failure that is true in words': [{ call: { ...TEXT, isError: 'True' } }, { ...TEXT, isError: true }],
  'a failure that is nought': [{ call: { ...TEXT, isError: 0 } }, { ...TEXT, isError: false }],
  'a failure that is one': [
    { call: { ...TEXT, isError: 1 }, isStream: true },
    { ...TEXT, isError: true },
  ],
  'a failure of words, of the stateless era': [
    { isModern: true, call: { ...TEXT, isError: 'it failed' } },
    { ...TEXT, isError: true },
  ],
  'no version of JSON-RPC': [{ raw: { jsonrpc: undefined, result: TEXT } }, TEXT],
  'no version of JSON-RPC, in events': [{ raw: { jsonrpc: undefined, result: TEXT }, isStream: true }, TEXT],
  'no version of JSON-RPC, and long': [
    { raw: { jsonrpc: undefined, result: { content: [{ type: 'text', text: 'x'.repeat(100_000) }] } } },
    { content: [{ type: 'text', text: 'x'.repeat(100_000) }] },
  ],
  'an older version of JSON-RPC': [{ raw: { jsonrpc: '1.0', result: TEXT } }, TEXT],
  'a version of JSON-RPC that is a number': [{ raw: { jsonrpc: 2, result: TEXT }, isStream: true }, TEXT],
  'an error that is false': [{ raw: { error: false, result: TEXT } }, TEXT],
  'an error that is empty': [{ raw: { error: '', result: TEXT }, isStream: true }, TEXT],
  'members beside its result': [{ raw: { trace: 'x', _meta: {}, result: TEXT } }, TEXT],
  'a block of no known type': [
    { call: { content: [VIDEO, ...TEXT.content] } },
    { content: [{ type: 'text', text: `${NOT_OF_MCP}{"type":"video","url":"x"}` }, ...TEXT.content] },
  ],
  'a block of no known type, of the stateless era': [
    { isModern: true, call: { content: [...TEXT.content, VIDEO] } },
    { content: [...TEXT.content, { type: 'text', text: `${NOT_OF_MCP}{"type":"video","url":"x"}` }] },
  ],
  'a bare text for a block': [
    { call: { content: ['hello'] } },
    { content: [{ type: 'text', text: `${NOT_OF_MCP}"hello"` }] },
  ],
  'a null for a block': [
    { call: { content: [null, ...TEXT.content] } },
    { content: [{ type: 'text', text: `${NOT_OF_MCP}null` }, ...TEXT.content] },
  ],
  'a picture without its type, in events': [
    { call: { content: [{ type: 'image', data: 'aGk=' }], structuredContent: { a: 1 } }, isStream: true },
    {
      content: [{ type: 'text', text: `${NOT_OF_MCP}{"type":"image","data":"aGk="}` }],
      structuredContent: { a: 1 },
    },
  ],
  'a priority of five': [
    { call: { content: [hinted({ priority: 5, audience: ['user'] })] } },
    { content: [hinted({ audience: ['user'] })] },
  ],
  'an audience of robots': [{ call: { content: [hinted({ audience: ['robot'] })] } }, TEXT],
  'a priority of five, of the stateless era': [
    { isModern: true, call: { content: [hinted({ priority: 5 })] } },
    TEXT,
  ],
  'hints of words': [{ call: { content: [hinted('important')] } }, TEXT],
  'metadata of words': [{ call: { content: [{ ...TEXT.content[0], _meta: 'x' }] } }, TEXT],
  'many blocks, one of them odd': [
    { call: { content: [...MANY, VIDEO] } },
    { content: [...MANY, { type: 'text', text: `${NOT_OF_MCP}{"type":"video","url":"x"}` }] },
  ],
  'an error that is null': [{ raw: { error: null, result: TEXT } }, TEXT],
  'a cursor that is null': [{ list: { tools: [GOOD], nextCursor: null } }, TEXT],
  'hints that are null': [
    { tool: { annotations: { readOnlyHint: null, title: null }, title: null, outputSchema: null } },
    TEXT,
  ],
  'data that is a list': [{ call: { ...TEXT, structuredContent: [1, 2] } }, TEXT],
  'data that is null': [{ call: { ...TEXT, structuredContent: null } }, TEXT],
  'data that is a list, without a text': [
    { call: { content: [], structuredContent: [1, 2] } },
    { content: [{ type: 'text', text: '[1,2]' }] },
  ],
  'data that breaks its schema': [
    { tool: { outputSchema: PROMISE }, call: { ...TEXT, structuredContent: { fine: 'no' } } },
    { ...TEXT, structuredContent: { fine: 'no' } },
  ],
  'no data where some is promised': [{ tool: { outputSchema: PROMISE } }, TEXT],
  'a list of the stateless era': [
    { isModern: true, tool: { outputSchema: ARRAY }, call: { ...TEXT, structuredContent: ['a'] } },
    { ...TEXT, structuredContent: { result: ['a'] } },
  ],
  'a null of the stateless era': [
    { isModern: true, tool: { outputSchema: { type: 'null' } }, call: { ...TEXT, structuredContent: null } },
    { ...TEXT, structuredContent: { result: null } },
  ],
  // A server of that era has to say so, and public ones have left it out.
  'no resultType': [{ isModern: true, isBare: true }, TEXT],
  'no resultType, in events': [{ isModern: true, isBare: true, isStream: true }, TEXT],
  'a resultType that is null': [{ isModern: true, call: { ...TEXT, resultType: null } }, TEXT],
  'no resultType, but a list': [
    {
      isModern: true,
      isBare: true,
      tool: { outputSchema: ARRAY },
      call: { ...TEXT, structuredContent: ['a'] },
    },
    { ...TEXT, structuredContent: { result: ['a'] } },
  ],
};

const idOf = (title: string): string => title.replaceAll(/[^a-z]+/gi, '-').toLowerCase();

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'done', version: '1' },
  paths: Object.fromEntries(
    ['empty', 'nothing', 'words'].map((name) => [
      `/${name}`,
      {
        post: {
          operationId: name,
          responses: {
            200: {
              description: 'ok',
              content: {
                'application/json': { schema: { type: 'object', properties: { a: { type: 'integer' } } } },
              },
            },
          },
        },
      },
    ]),
  ),
};

describe('A sound answer', () => {
  let upstream: Server;
  let file: ServersFile;
  let server: TestServer;
  const cases = new Map(Object.entries(CASES).map(([title, [one]]) => [idOf(title), one]));
  const broken: Case = {
    tool: { outputSchema: PROMISE },
    call: { ...TEXT, structuredContent: { fine: 'no' } },
  };
  for (const name of ['enforced', 'unchecked']) cases.set(name, broken);
  const number = (schema: Json, data = '9007199254740993'): Case => ({
    isModern: true,
    tool: { outputSchema: { type: 'integer', ...schema } },
    call: { ...TEXT, structuredContent: rawJSON(data) },
  });
  const numbers: Readonly<Record<string, Case>> = {
    'const-kept': number({ const: rawJSON('9007199254740993') }),
    'maximum-kept': number({ maximum: rawJSON('9007199254740993') }),
    'const-broken': number({ const: rawJSON('9007199254740992') }),
    'enum-broken': number({ enum: [rawJSON('9007199254740992'), 1] }),
    'maximum-broken': number({ maximum: rawJSON('9007199254740992') }),
    'type-broken': number({}, '9007199254740993.5'),
  };
  for (const [name, one] of Object.entries(numbers)) cases.set(name, one);
  cases.set('odd', { call: { content: 'nonsense' } });

  beforeAll(async () => {
    upstream = createServer((request, response) => {
      const path = request.url!.slice(1);
      if (['empty', 'nothing', 'words'].includes(path)) {
        if (path === 'nothing') response.writeHead(204).end();
        else response.writeHead(200, { 'content-type': 'text/plain' }).end(path === 'words' ? 'done' : '');
        return;
      }
      if (request.method !== 'POST') {
        response.writeHead(405).end();
        return;
      }
      void json(request).then((message) => {
        const answer = answerOf(cases.get(path) ?? {}, message as Json);
        if (answer === undefined) return response.writeHead(202).end();
        const isStream = cases.get(path)?.isStream === true;
        response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
        return response.end(isStream ? `data: ${JSON.stringify(answer)}\n\n` : JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    file = new ServersFile();
    const document = join(file.directory, 'done.json');
    writeFileSync(document, JSON.stringify(DOCUMENT));
    file.write({
      ...Object.fromEntries([...cases.keys()].map((name) => [name, { url: `${base}/${name}` }])),
      ...Object.fromEntries(
        Object.keys(numbers).map((name) => [name, { url: `${base}/${name}`, outputSchemas: 'enforce' }]),
      ),
      enforced: { url: `${base}/enforced`, outputSchemas: 'enforce' },
      unchecked: { url: `${base}/unchecked`, outputSchemas: 'off' },
      api: { openapi: document, baseUrl: base },
    });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, ...cases.keys(), 'api');
  });
  afterAll(async () => {
    await server.close();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
    file.remove();
  });

  const resultOf = async (response: Response): Promise<Json> =>
    ((await response.json()) as { result: Json }).result;
  const call = async (name: string): Promise<Json> => resultOf(await server.mcp(legacyCall(name, {})));
  const toolFor = (name: string): string => upstreamReport(server, name)!.tools[0]!;

  it.each(Object.entries(CASES))('with %s reaches the caller', async (title, [, expected]) => {
    expect(await call(toolFor(idOf(title)))).toEqual(expected);
  });

  it('that is a list reaches a caller of its own era as it is, with the schema', async () => {
    const name = toolFor('a-list-of-the-stateless-era');
    const { body, headers } = modernCall(name);
    expect((await resultOf(await server.mcp(body, headers)))['structuredContent']).toEqual(['a']);
    const list = modern('tools/list');
    const { tools } = (await resultOf(await server.mcp(list.body, list.headers))) as { tools: Json[] };
    const { outputSchema } = tools.find((tool) => tool['name'] === name)!;
    expect(outputSchema).toMatchObject({ anyOf: [ARRAY, { type: 'object' }] });
    expect(outputSchema).not.toHaveProperty('type');
    const older = (await resultOf(await server.mcp(legacy('tools/list')))) as { tools: Json[] };
    expect(older.tools.find((tool) => tool['name'] === name)).not.toHaveProperty('outputSchema');
  });

  it.each(Object.keys(numbers))('that is a number no double holds is checked as it is: %s', async (name) => {
    const { body, headers } = modernCall(toolFor(name));
    const answer = await (await server.mcp(body, headers)).text();
    const older = await (await server.mcp(legacyCall(toolFor(name), {}))).text();
    if (name.endsWith('kept')) {
      expect(answer).toContain('"structuredContent":9007199254740993');
      expect(older).toContain('"structuredContent":{"result":9007199254740993}');
    } else for (const one of [answer, older]) expect(one).toContain('upstream_failed');
  });

  it('that breaks its schema is passed on without a word, with one in the log, or not at all', async () => {
    const brokenOnes = server
      .logs()
      .filter(({ level, tool }) => level === 'WARN' && String(tool).startsWith('data-that-breaks'));
    expect(brokenOnes).toMatchObject([
      { upstream: 'data-that-breaks-its-schema', problems: ['fine must be boolean'] },
    ]);
    expect(await call('unchecked_good')).toEqual(broken.call);
    expect(await call('enforced_good')).toMatchObject({
      structuredContent: { error: { code: 'upstream_failed' } },
    });
  });

  it.each(['enforced_good', 'odd_good'])('of %s, or five that are not, open no breaker', async (name) => {
    for (let done = 0; done < 6; done += 1)
      expect(await call(name)).toMatchObject({ structuredContent: { error: { code: 'upstream_failed' } } });
  });

  it.each([
    ['nothing', '204 No Content'],
    ['empty', '200 OK'],
    ['words', 'done'],
  ])('of an API that documents data, and sends %s, reaches the caller', async (name, text) => {
    expect(await call(`api_${name}`)).toEqual({ content: [{ type: 'text', text }], structuredContent: {} });
  });
});

function answerOf(
  { tool, list, call, raw, isModern = false, isBare = false }: Case,
  { id, method, params }: Json,
): object | undefined {
  if (id === undefined) return undefined;
  const ok = (result: Json): object => ({
    jsonrpc: '2.0',
    id,
    result: { ...(isModern && !isBare && { resultType: 'complete' }), ...result },
  });
  const capabilities = { tools: {} };
  if (method === 'server/discover' && isModern)
    return ok({ supportedVersions: ['2026-07-28'], capabilities, ...CACHED });
  if (method === 'initialize') {
    const { protocolVersion } = params as Json;
    return ok({ protocolVersion, capabilities, serverInfo: { name: 'odd', version: '1' } });
  }
  if (method === 'tools/list') return ok(list ?? { tools: [{ ...GOOD, ...tool }], ...(isModern && CACHED) });
  if (method === 'tools/call') return raw === undefined ? ok(call ?? TEXT) : { jsonrpc: '2.0', id, ...raw };
  return { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
}
