import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { legacy, legacyCall, modernCall } from '../helpers/mcp-requests.js';
import { sendRaw } from '../helpers/raw-http.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

/** A key that is not (or no longer) valid: someone sent it by mistake, and it still opens another door. */
const FOREIGN_KEY = 'planted-foreign-key-fedcba9876543210';

/** Keys, ours and others', must not come to light, wherever a client puts them. */
describe('A planted API key', () => {
  let server: TestServer;
  /** Every answer that is not the result of the tool itself. */
  let answers: string[];

  beforeEach(async () => {
    server = await startServer({ env: { LOG_LEVEL: 'trace' }, modules: [TestToolsModule] });
    answers = [];
  });
  afterEach(() => server.close());

  const send = async (
    headers: Record<string, string | string[] | undefined>,
    options: { path?: string; verb?: string; body?: unknown } = {},
  ): Promise<number> => {
    const { path = '/mcp', verb = 'POST', body = legacy('tools/list', {}) } = options;
    const answer = await sendRaw(server.url, {
      verb,
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    answers.push(JSON.stringify(answer.headers), answer.body);
    return answer.status;
  };

  /** In the log, in /metrics, /status and /health (asked with and without a key), and in every answer so far. */
  const expectNowhere = async (...keys: string[]): Promise<void> => {
    for (const path of ['/metrics', '/status', '/health', '/health/ready']) {
      await send({}, { path, verb: 'GET' });
      await send({ 'x-api-key': TEST_KEY }, { path, verb: 'GET' });
    }
    await server.closedRequests(answers.length / 2);
    const lines = [...server.rawLog().split('\n'), ...answers];
    expect(lines.filter((line) => keys.some((key) => line.includes(key)))).toEqual([]);
  };

  it('is not shown when it is used as it should be', async () => {
    expect(await send({ 'x-api-key': TEST_KEY })).toBe(200);
    expect(await send({ authorization: `Bearer ${TEST_KEY}` })).toBe(200);
    expect(await send({ 'x-api-key': TEST_KEY }, { body: legacyCall('test_log', {}) })).toBe(200);
    await expectNowhere(TEST_KEY);
  });

  it('is not shown when it is the wrong one', async () => {
    expect(await send({ 'x-api-key': FOREIGN_KEY })).toBe(401);
    expect(await send({ authorization: `Bearer ${FOREIGN_KEY}` })).toBe(401);
    expect(await send({ authorization: `Basic ${FOREIGN_KEY}` })).toBe(401);
    expect(await send({ 'x-api-key': [FOREIGN_KEY, TEST_KEY] })).toBe(401);
    expect(await send({ 'x-api-key': FOREIGN_KEY, authorization: `Bearer ${TEST_KEY}` })).toBe(401);
    expect(await send({ 'x-api-key': FOREIGN_KEY }, { path: '/status', verb: 'GET' })).toBe(200);
    await expectNowhere(TEST_KEY, FOREIGN_KEY);
  });

  it('is not shown when it stands in the query', async () => {
    expect(await send({}, { path: `/mcp?api_key=${TEST_KEY}` })).toBe(401);
    expect(await send({ 'x-api-key': TEST_KEY }, { path: `/mcp?api_key=${TEST_KEY}` })).toBe(200);
    expect(await send({}, { path: `/health?key=${TEST_KEY}`, verb: 'GET' })).toBe(200);
    expect(await send({}, { path: `/status?key=${TEST_KEY}`, verb: 'GET' })).toBe(200);
    expect(await send({}, { path: `/nowhere?key=${TEST_KEY}`, verb: 'GET' })).toBe(404);
    await expectNowhere(TEST_KEY);
  });

  it('is not shown when it stands in the path', async () => {
    expect(await send({}, { path: `/${TEST_KEY}`, verb: 'GET' })).toBe(404);
    expect(await send({ 'x-api-key': TEST_KEY }, { path: `/mcp/${TEST_KEY}` })).toBe(404);
    expect(await send({}, { path: `/health/${TEST_KEY}`, verb: 'GET' })).toBe(404);
    await expectNowhere(TEST_KEY);
  });

  it.each([
    ['64 hexadecimal digits', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    ['a UUID', '3f2b8c1e-7a64-4d0e-9b1f-5c6d7e8f9a0b'],
    ['digits', '493817264950382716405938'],
    ['Base64 with a slash', 'q83vEjRWeJq/zN7wASNFZ+eJq83v'],
    ['words', 'correct-horse-battery-staple'],
    ['letters', 'zqxjkvbpyghd'],
    ['the shortest that production takes', 'kq7zx2wv'],
  ])('is not shown when it stands in the path as %s', async (_form, key) => {
    await server.close();
    server = await startServer({ env: { MCP_API_KEYS: `${TEST_KEY},${key}` }, modules: [TestToolsModule] });
    expect(await send({ 'x-api-key': key })).toBe(200);
    expect(await send({}, { path: `/${key}`, verb: 'GET' })).toBe(404);
    expect(await send({}, { path: `/${key}/tools`, verb: 'GET' })).toBe(404);
    expect(await send({}, { path: `/mcp/${key}?x=1` })).toBe(404);
    await expectNowhere(key);
  });

  it('is not shown when it is an argument of a tool', async () => {
    const call = (args: object): Promise<number> =>
      send({ 'x-api-key': TEST_KEY }, { body: legacyCall('test_echo', args) });
    // A fitting argument comes back in the result: that is what this tool is for.
    await server.callTool('test_echo', { text: TEST_KEY });
    expect(await call({ text: 'a', mode: TEST_KEY })).toBe(200);
    expect(await call({ text: 'a', count: TEST_KEY })).toBe(200);
    expect(await call({ text: [TEST_KEY] })).toBe(200);
    const { body, headers } = modernCall('test_log', { key: 1 });
    expect(await send({ 'x-api-key': TEST_KEY, ...headers }, { body })).toBe(200);
    await expectNowhere(TEST_KEY);
  });

  it('is not shown when it stands in a body that is refused', async () => {
    const headers = { 'x-api-key': TEST_KEY };
    expect(await send(headers, { body: `{"jsonrpc":"2.0","key":"${TEST_KEY}"` })).toBe(400);
    expect(await send(headers, { body: [TEST_KEY] })).toBe(200);
    expect(await send(headers, { body: { jsonrpc: '2.0', id: 1, key: TEST_KEY } })).toBe(400);
    await expectNowhere(TEST_KEY);
  });

  it('is not even shown by its digest', async () => {
    const { createHash } = await import('node:crypto');
    expect(await send({ 'x-api-key': TEST_KEY })).toBe(200);
    await expectNowhere(createHash('sha256').update(TEST_KEY).digest('hex'));
  });
});
