import { startServer, type TestServer } from '../helpers/app.js';
import { eventsIn, rest, type RestReply, type RestRequest } from '../helpers/rest-client.js';
import { TestTools, TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    env: { ALLOWED_ORIGINS: 'https://ui.example.com', MCP_BODY_LIMIT_BYTES: '2048', TOOL_TIMEOUT_MS: '500' },
    modules: [TestToolsModule],
  });
});
afterAll(() => server.close());

const ask = (path: string, request?: RestRequest): Promise<RestReply> => rest(server.url, path, request);
const echo = (body: unknown, headers: RestRequest['headers'] = {}): Promise<RestReply> =>
  ask('/tools/test_echo', { body, headers });

const callsOf = async (tool: string): Promise<string[]> =>
  (await ask('/metrics')).text
    .split('\n')
    .filter((line) => line.startsWith('mcpo_tool_calls_total') && line.includes(tool));

describe('GET /tools', () => {
  it('lists what tools/list lists', async () => {
    const { status, body } = await ask('/tools');
    const listed = await server.mcp({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(status).toBe(200);
    expect(body).toEqual(((await listed.json()) as { result: object }).result);
  });

  it('goes through the pages that its client wants', async () => {
    const names: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await ask(`/tools?limit=3${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      const page = body['tools'] as { name: string }[];
      expect(page.length).toBeLessThanOrEqual(3);
      names.push(...page.map(({ name }) => name));
      cursor = body['nextCursor'] as string | undefined;
    } while (cursor !== undefined);
    const all = (await ask('/tools')).body['tools'] as { name: string }[];
    expect(names).toEqual(all.map(({ name }) => name));
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=many',
    'limit=',
    'limit=1&limit=2',
    'cursor=',
    'cursor=%20',
    `cursor=${'a'.repeat(200)}`,
  ])('takes no %s', async (query) => {
    expect(await ask(`/tools?${query}`)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it('describes one tool', async () => {
    const { body } = await ask('/tools/test_echo');
    expect(body).toMatchObject({ name: 'test_echo', title: 'Echo', inputSchema: { type: 'object' } });
    expect(await ask('/tools/no_such_tool')).toMatchObject({
      status: 404,
      body: { code: 'tool_not_found' },
    });
  });

  it.each(['/tools', '/tools/test_echo'])('says of %s whether it has changed', async (path) => {
    const first = await ask(path);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[\w-]{22}"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const header of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await ask(path, { headers: { 'if-none-match': header } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
      expect(again.headers.get('cache-control')).toBe('private, no-cache');
      expect(again.headers.get('content-length')).toBeNull();
    }
    expect((await ask(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });
});

describe('POST /tools/{name}', () => {
  it('answers with what the tool says', async () => {
    const { status, headers, body } = await echo({ text: 'a', count: 2 });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({ text: 'a', count: 2 });
  });

  it('takes no body for no arguments', async () => {
    expect(await ask('/tools/test_log', { method: 'POST' })).toMatchObject({
      status: 200,
      body: { done: true },
    });
  });

  it('takes a Bearer key', async () => {
    const { status } = await echo(
      { text: 'a' },
      { 'x-api-key': undefined, authorization: 'Bearer test-key-0123456789abcdef0123456789abcdef' },
    );
    expect(status).toBe(200);
  });

  it.each([
    ['without a key', { text: 'a' }, { 'x-api-key': undefined }, 401, 'unauthorized'],
    ['with no JSON', '{', {}, 400, 'parse_error'],
    ['with a list', [], {}, 400, 'bad_request'],
    ['with a name twice', '{"text":"a","text":"b"}', {}, 400, 'bad_request'],
    ['with wrong arguments', { text: 1 }, {}, 400, 'invalid_arguments'],
    [
      'with a form',
      'text=a',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    ['with an unnamed type', '{"text":"a"}', { 'content-type': '' }, 415, 'unsupported_media_type'],
    ['compressed', '{"text":"a"}', { 'content-encoding': 'gzip' }, 415, 'unsupported_encoding'],
    ['for XML', { text: 'a' }, { accept: 'application/xml' }, 406, 'not_acceptable'],
    ['of too many bytes', { text: 'a'.repeat(3000) }, {}, 413, 'payload_too_large'],
  ])('refuses a call %s', async (_what, body, headers, status, code) => {
    const reply = await echo(body, headers);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply).toMatchObject({ status, body: { status, code, type: `urn:mcpo:error:${code}` } });
    expect(reply.body['correlationId']).toBe(reply.headers.get('x-correlation-id'));
  });

  it.each([
    ['test_fail', 404, 'host_not_found', { host: 'nowhere' }],
    ['test_break', 500, 'internal_error', {}],
    ['test_lie', 500, 'internal_error', {}],
    ['test_abort', 504, 'timeout', {}],
    ['test_ask', 400, 'missing_client_capability', {}],
    ['no_such_tool', 404, 'tool_not_found', {}],
  ])('gives the failure of %s a status', async (tool, status, code, members) => {
    const reply = await ask(`/tools/${tool}`, { body: {} });
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply).toMatchObject({ status, body: { status, code, ...members } });
    expect(reply.body['detail']).toEqual(expect.stringMatching(/\S/));
    expect(reply.text).not.toContain('secret');
  });

  it('runs a tool as a call that MCP would make a task', async () => {
    expect(await ask('/tools/test_task', { body: {} })).toMatchObject({ status: 200, body: { done: true } });
  });

  it('explains a call, and runs nothing', async () => {
    const before = await callsOf('test_echo');
    const good = await ask('/tools/test_echo/explain', { body: { text: 'a' } });
    expect(good).toMatchObject({ status: 200, body: { tool: 'test_echo', wouldRun: true } });
    const bad = await ask('/tools/test_echo/explain', { body: { text: 1 } });
    expect(bad.body).toMatchObject({ wouldRun: false, decidedBy: { check: 'arguments' } });
    const unknown = await ask('/tools/no_such_tool/explain', { body: {} });
    expect(unknown.body).toMatchObject({ wouldRun: false, decidedBy: { rule: 'unknown tool' } });
    expect(await callsOf('test_echo')).toEqual(before);
  });

  it('streams the answer to whoever wants events', async () => {
    const { status, headers, text } = await echo({ text: 'a' }, { accept: 'text/event-stream' });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(eventsIn(text)).toEqual([{ event: 'result', data: { text: 'a', count: 1 } }]);
  });

  it('answers a failure before the first event with its status', async () => {
    const reply = await ask('/tools/test_fail', { body: {}, headers: { accept: 'text/event-stream' } });
    expect(reply).toMatchObject({ status: 404, body: { code: 'host_not_found' } });
  });

  it('ends the call of a client that goes away', async () => {
    const gone = new AbortController();
    const call = fetch(`${server.url}/tools/test_wait`, {
      method: 'POST',
      headers: { 'x-api-key': 'test-key-0123456789abcdef0123456789abcdef' },
      signal: gone.signal,
    });
    const tools = server.app.get(TestTools, { strict: false });
    await waitFor(() => tools.held === 1);
    gone.abort();
    await expect(call).rejects.toThrow();
    await waitFor(() =>
      server.requestLogs().some(({ status, tool }) => status === 499 && tool === 'test_wait'),
    );
    // The tool heeds nothing, and its place is free all the same.
    expect((await ask('/status')).body['tools']).toMatchObject({ callsInFlight: 0 });
    tools.release();
  });

  it('has one line in the log, without the texts of its client', async () => {
    const before = server.requestLogs().length;
    await echo({ text: 'a' });
    await ask('/tools/some-secret', { body: {} });
    const lines = (await server.closedRequests(before + 2)).slice(before);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ method: 'POST /tools/{name}', status: 200, tool: 'test_echo' });
    expect(lines[1]).toMatchObject({ method: 'POST /tools/{name}', status: 404 });
    expect(server.rawLog()).not.toContain('some-secret');
  });
});

describe('The manners of REST', () => {
  it('has a head for what can be read', async () => {
    const [head, get] = [await ask('/tools', { method: 'HEAD' }), await ask('/tools')];
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'content-length', 'content-type', 'cache-control'])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
  });

  it.each([
    ['/tools', 'GET, HEAD, OPTIONS'],
    ['/tools/test_echo', 'GET, POST, HEAD, OPTIONS'],
  ])('says which methods %s has', async (path, allow) => {
    const options = await ask(path, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow'), options.text]).toEqual([204, allow, '']);
    const wrong = await ask(path, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, allow]);
  });

  it('lets a page of an allowed origin read tags and ask with them', async () => {
    const headers = { origin: 'https://ui.example.com', 'access-control-request-method': 'POST' };
    const preflight = await ask('/tools/test_echo', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    const allowed = preflight.headers.get('access-control-allow-headers') ?? '';
    for (const name of ['If-None-Match', 'Idempotency-Key', 'Authorization', 'Content-Type'])
      expect(allowed).toContain(name);
    const { headers: seen } = await ask('/tools', { headers: { origin: 'https://ui.example.com' } });
    expect(seen.get('access-control-expose-headers')).toContain('ETag');
  });
});
