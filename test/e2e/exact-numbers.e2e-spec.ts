import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify as yaml } from 'yaml';
import { rawJSON } from '../../src/core/json/exact-numbers.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { ECHO_SCRIPT, EchoUpstream } from '../helpers/echo-upstream.js';
import { legacyCall, modern, modernCall } from '../helpers/mcp-requests.js';
import { ServersFile, untilUp } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

/** Each would be another one as a double. */
const NUMBERS = [
  '1915883588174806058',
  '-9223372036854775807',
  '9007199254740993',
  '0.1234567890123456789',
  '12345678901234567890.12345',
  '123456789012345678901234567890',
  '1e400',
  '1.00000000000000000001E-5',
] as const;
const ID = NUMBERS[0];

const FORMS = ['legacy', 'legacy-events', 'modern', 'modern-events'] as const;
const MCP_UPSTREAMS = [...FORMS, 'stdio'] as const;

const DOCUMENT = {
  openapi: '3.0.3',
  info: { title: 'records', version: '1' },
  paths: {
    '/records/{id}': {
      delete: {
        operationId: 'remove',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'integer', format: 'int64' } },
          { name: 'ids', in: 'query', schema: { type: 'array', items: { type: 'integer' } } },
          { name: 'deep', in: 'query', style: 'deepObject', schema: { type: 'object' } },
          { name: 'json', in: 'query', content: { 'application/json': { schema: {} } } },
          { name: 'x-record', in: 'header', schema: { type: 'number' } },
          { name: 'last', in: 'cookie', schema: { type: 'integer' } },
        ],
        responses: { 200: { description: 'ok' } },
      },
    },
    '/limits': {
      get: {
        operationId: 'limited',
        parameters: Object.entries({
          one: { enum: [rawJSON(ID), 'all'] },
          most: { type: 'integer', maximum: rawJSON('9223372036854775807'), default: rawJSON(ID) },
          some: { $ref: '#/components/schemas/Some' },
        }).map(([name, schema]) => ({ name, in: 'query', schema })),
        responses: { 200: { description: 'ok' } },
      },
    },
    '/records': {
      post: {
        operationId: 'add',
        requestBody: {
          content: {
            'application/json': { schema: { type: 'object', properties: { note: { default: 1 } } } },
          },
        },
        responses: { 200: { description: 'ok' } },
      },
    },
    '/forms': {
      post: {
        operationId: 'submit',
        requestBody: { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } } },
        responses: { 200: { description: 'ok' } },
      },
    },
    '/files': {
      post: {
        operationId: 'upload',
        requestBody: { content: { 'multipart/form-data': { schema: { type: 'object' } } } },
        responses: { 200: { description: 'ok' } },
      },
    },
  },
  components: { schemas: { Some: { minimum: 9_007_199_254_740_992, exclusiveMinimum: true } } },
};

type Reviver = (name: string, value: unknown) => unknown;

const bigIntegers = (_name: string, value: unknown, { source }: { readonly source: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) ? BigInt(source) : value;

/** What is sent by the text of its JSON: `JSON.stringify` cannot write these numbers. */
const withArguments = (message: unknown, args: string): string =>
  JSON.stringify(message).replace('"arguments":{}', () => `"arguments":${args}`);

const request = (name: string, args: string): string => withArguments(legacyCall(name, {}), args);

describe('Numbers that a double does not hold', () => {
  let upstream: EchoUpstream;
  let api: Server;
  let file: ServersFile;
  let server: TestServer;
  const arrived: { line: string; headers: Record<string, unknown>; body: string }[] = [];

  beforeAll(async () => {
    upstream = await EchoUpstream.start();
    api = createServer((message, response) => {
      void text(message).then((body) => {
        arrived.push({ line: `${message.method} ${message.url}`, headers: message.headers, body });
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`{"id":${ID},"price":[${NUMBERS.join()}]}`);
      });
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    file = new ServersFile();
    const document = join(file.directory, 'records.json');
    writeFileSync(document, JSON.stringify(DOCUMENT));
    const asYaml = join(file.directory, 'records.yaml');
    writeFileSync(asYaml, yaml(JSON.parse(JSON.stringify(DOCUMENT), bigIntegers as Reviver)));
    const baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    file.write({
      ...Object.fromEntries(FORMS.map((form) => [form, { url: upstream.url(form) }])),
      stdio: { command: process.execPath, args: [ECHO_SCRIPT] },
      kept: { url: upstream.url('legacy'), cache: { tools: ['*'], ttlMs: 600_000 } },
      api: { openapi: document, baseUrl },
      yaml: { openapi: asYaml, baseUrl },
    });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, ...MCP_UPSTREAMS, 'kept', 'api', 'yaml');
  });
  afterAll(async () => {
    await server.close();
    await upstream.close();
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
    file.remove();
  });

  const answerOf = async (body: string, headers = {}): Promise<string> =>
    (await server.mcp(body, headers)).text();

  describe.each(MCP_UPSTREAMS)('through an MCP server (%s)', (form) => {
    it.each(NUMBERS)('carries %s there and back', async (number) => {
      const args = `{"value":{"deep":[${number}]},"note":"a"}`;
      const answer = await answerOf(request(`${form}_echo`, args));
      expect(answer).toContain(`"text":${JSON.stringify(args)}`);
      expect(answer).toContain(`"structuredContent":{"arguments":${args}`);
      expect(answer).toContain(`"example.com/id":${ID}`);
      expect(answer).toContain('"priority":0.1');
    });

    it('fills defaults in beside them', async () => {
      const answer = await answerOf(request(`${form}_echo`, `{"id":${ID}}`));
      expect(answer).toContain(`"structuredContent":{"arguments":{"id":${ID},"note":"none"}`);
    });

    it('tells numbers apart that are one as doubles', async () => {
      const ids = `[${ID},1915883588174806059]`;
      expect(await answerOf(request(`${form}_echo`, `{"ids":${ids},"note":""}`))).toContain(`"ids":${ids}`);
      const twice = await answerOf(request(`${form}_echo`, `{"ids":[${ID},${ID}],"note":""}`));
      expect(twice).toContain('duplicate items');
    });

    it('holds them against limits as they are', async () => {
      const answer = await answerOf(request(`${form}_echo`, '{"id":9223372036854775808,"note":""}'));
      expect(answer).toContain('id must be <= 9223372036854775807');
      expect(await answerOf(request(`${form}_echo`, '{"id":9223372036854775807,"note":""}'))).not.toContain(
        'isError":true',
      );
      expect(await answerOf(request(`${form}_echo`, '{"id":9007199254740992.5,"note":""}'))).toContain(
        'id must be integer',
      );
    });

    it('says which form helps where a text stands for an integer', async () => {
      const answer = await answerOf(request(`${form}_echo`, `{"id":"${ID}"}`));
      expect(answer).toContain('invalid_arguments');
      expect(answer).toContain(`as a number, without quotes`);
    });
  });

  it('carries them to and from a client of the stateless era', async () => {
    const { body, headers } = modernCall('modern_echo', {});
    const answer = await answerOf(withArguments(body, `{"id":${ID},"note":""}`), headers);
    expect(answer).toContain(`"structuredContent":{"arguments":{"id":${ID},"note":""}`);
  });

  it('carries them in a batch', async () => {
    const answer = await answerOf(`[${request('legacy_echo', `{"id":${ID},"note":""}`)}]`, {
      'mcp-protocol-version': '2025-03-26',
    });
    expect(answer).toContain(`"structuredContent":{"arguments":{"id":${ID},"note":""}`);
  });

  it('keeps them in the cache, and keeps apart what differs by them', async () => {
    const call = async (id: string): Promise<string> =>
      answerOf(request('kept_echo', `{"id":${id},"note":""}`));
    const [first, other, again] = [await call(ID), await call('1915883588174806059'), await call(ID)];
    expect(first).toContain(`"id":${ID}`);
    expect(other).toContain('"id":1915883588174806059');
    expect(again).toBe(first);
  });

  it('gives each of those who wait for one answer a copy of its own', async () => {
    const body = request('kept_echo', `{"id":${ID},"note":"at once"}`);
    const answers = await Promise.all([answerOf(body), answerOf(body)]);
    for (const answer of answers) expect(answer).toContain(`"structuredContent":{"arguments":{"id":${ID}`);
  });

  it('keeps them in a task', async () => {
    const meta = {
      'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
    };
    const { body, headers } = modernCall('legacy_long', {}, { meta });
    const begun = await answerOf(withArguments(body, `{"id":${ID}}`), headers);
    const { taskId } = (JSON.parse(begun) as { result: { taskId: string } }).result;
    let found = '';
    await waitFor(async () => {
      const get = modern('tasks/get', { taskId }, { meta, headers: { 'mcp-name': taskId } });
      found = await answerOf(JSON.stringify(get.body), get.headers);
      return found.includes('completed');
    });
    expect(found).toContain(`"structuredContent":{"arguments":{"id":${ID}}`);
  });

  it('gives them to our own tools as doubles, and refuses an integer that is none of those', async () => {
    const answer = await answerOf(request('network_ping', `{"target":"127.0.0.1","count":${ID}}`));
    expect(answer).toContain('invalid_arguments');
  });

  it('refuses one as the id of a request, as JSON-RPC libraries could not recognise it', async () => {
    const answer = await answerOf(`{"jsonrpc":"2.0","id":${ID},"method":"ping"}`);
    expect(JSON.parse(answer)).toMatchObject({ error: { code: -32600 } });
  });

  describe('through an HTTP API', () => {
    const last = (): (typeof arrived)[number] => arrived.at(-1)!;

    it.each(NUMBERS.filter((number) => !/[.eE]/.test(number)))('writes %s into the path', async (number) => {
      await answerOf(request('api_remove', `{"id":${number}}`));
      expect(last().line).toBe(`DELETE /records/${number}`);
    });

    describe.each(['api', 'yaml'])('whose document has them (%s)', (entry) => {
      it('lists them as they are written', async () => {
        const { body, headers } = modern('tools/list', {});
        const list = await answerOf(JSON.stringify(body), headers);
        const tool = list.slice(list.indexOf(`"name":"${entry}_limited"`));
        expect(tool).toContain(`"enum":[${ID},"all"]`);
        expect(tool).toContain(`"maximum":9223372036854775807`);
        expect(tool).toContain(`Default: ${ID}.`);
      });

      it.each([
        [`"one":${ID}`, `one=${ID}`],
        ['"most":9223372036854775807', 'most=9223372036854775807'],
        ['"some":9007199254740993', 'some=9007199254740993'],
      ])('takes %s', async (args, query) => {
        await answerOf(request(`${entry}_limited`, `{${args}}`));
        expect(last().line).toBe(`GET /limits?${query}`);
      });

      it.each(['"one":1915883588174806059', '"most":9223372036854775808', '"some":9007199254740992'])(
        'does not take %s',
        async (args) => {
          expect(await answerOf(request(`${entry}_limited`, `{${args}}`))).toContain('invalid_arguments');
        },
      );
    });

    it('writes them into the query, headers and cookies', async () => {
      const args = `"ids":[${ID},2],"deep":{"a":${ID}},"json":{"b":[${ID}]},"x-record":${NUMBERS[3]},"last":${ID}`;
      await answerOf(request('api_remove', `{"id":1,${args}}`));
      const json = encodeURIComponent(`{"b":[${ID}]}`);
      expect(last().line).toBe(`DELETE /records/1?ids=${ID}&ids=2&deep%5Ba%5D=${ID}&json=${json}`);
      expect(last().headers).toMatchObject({ 'x-record': NUMBERS[3], cookie: `last=${ID}` });
    });

    it('writes them into bodies', async () => {
      const body = `{"id":${ID},"list":[${NUMBERS.join()}]}`;
      await answerOf(request('api_add', `{"body":${body}}`));
      expect(last().body).toBe(body);
      await answerOf(request('api_submit', `{"body":{"id":${ID},"list":[${ID}]}}`));
      expect(last().body).toBe(`id=${ID}&list=${ID}`);
      await answerOf(request('api_upload', `{"body":{"id":${ID},"part":{"a":${ID}}}}`));
      expect(last().body).toContain(`\r\n\r\n${ID}\r\n`);
      expect(last().body).toContain(`{"a":${ID}}`);
    });

    it('answers with them as text and as data', async () => {
      const answer = await answerOf(request('api_remove', '{"id":1}'));
      const body = `{"id":${ID},"price":[${NUMBERS.join()}]}`;
      expect(answer).toContain(`"text":${JSON.stringify(body)}`);
      expect(answer).toContain(`"structuredContent":${body}`);
    });
  });
});
