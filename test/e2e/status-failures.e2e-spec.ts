import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { MAX_REMEMBERED } from '../../src/http/record/recent-errors.service.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import type { Json } from '../helpers/mcp-requests.js';
import { rest } from '../helpers/rest-client.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

const directory = mkdtempSync(join(tmpdir(), 'mcpo-status-'));
const file = join(directory, 'keys.json');

const statusOf = async ({ url }: TestServer, key = TEST_KEY): Promise<Readonly<Record<string, Json>>> =>
  (await rest(url, '/status', { headers: { 'x-api-key': key } })).body as Record<string, Json>;
const call = (server: TestServer, tool: string, body: object, id = 'an-id'): Promise<unknown> =>
  rest(server.url, `/tools/${tool}`, { body, headers: { 'x-correlation-id': id } });
const latencyOf = async (server: TestServer): Promise<unknown> =>
  ((await statusOf(server))['tools']!['latencies'] as Json)['test_echo'];

describe('What /status tells an operator of failures and latencies', () => {
  let server: TestServer;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    server = await startServer({ env: { MCP_API_KEYS_FILE: file, ...env }, modules: [TestToolsModule] });
  };
  beforeAll(() => {
    const keys = [{ name: 'admin', digest: apiKeyDigest(TEST_KEY), scopes: ['tools:call', 'admin'] }];
    writeFileSync(file, JSON.stringify({ keys }));
  });
  afterEach(() => server.close());
  afterAll(() => rmSync(directory, { recursive: true }));

  it('has the last failures, with the ids under which the log has them', async () => {
    await start();
    await call(server, 'test_echo', { text: 'a' }, 'fine');
    await call(server, 'no_such_tool', {}, 'unknown');
    await call(server, 'test_fail', {}, 'over-rest');
    await server.mcp(
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'test_break', arguments: {} } },
      { 'x-correlation-id': 'over-mcp' },
    );
    await server.closedRequests(4);
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string;
    expect((await statusOf(server))['errors']).toEqual({
      total: 2,
      recent: [
        {
          at,
          correlationId: 'over-mcp',
          method: 'tools/call',
          status: 200,
          code: 'internal_error',
          tool: 'test_break',
        },
        {
          at,
          correlationId: 'over-rest',
          method: 'POST /tools/{name}',
          status: 404,
          code: 'host_not_found',
          tool: 'test_fail',
        },
      ],
    });
    expect((await statusOf(server, 'nobody'))['errors']).toEqual({ total: 2 });
  });

  it('remembers the last of them, and no more', async () => {
    await start();
    for (let at = 0; at <= MAX_REMEMBERED; at += 1) await call(server, 'test_fail', {}, `id-${at}`);
    await server.closedRequests(MAX_REMEMBERED + 1);
    const { total, recent } = (await statusOf(server))['errors'] as { total: number; recent: Json[] };
    expect([total, recent.length, recent[0]!['correlationId'], recent.at(-1)!['correlationId']]).toEqual([
      ...[MAX_REMEMBERED + 1, MAX_REMEMBERED, `id-${MAX_REMEMBERED}`, 'id-1'],
    ]);
  });

  it('reads latencies once in CACHE_METRICS_TTL_SECONDS', async () => {
    await start();
    await call(server, 'test_echo', { text: 'a' });
    const first = await latencyOf(server);
    expect(first).toEqual({
      calls: 1,
      p50Ms: expect.any(Number) as number,
      p95Ms: expect.any(Number) as number,
    });
    await call(server, 'test_echo', { text: 'a' });
    expect(await latencyOf(server)).toEqual(first);
  });

  it('reads them each time when nothing is to be cached', async () => {
    await start({ CACHE_METRICS_TTL_SECONDS: '0' });
    for (const calls of [1, 2]) {
      await call(server, 'test_echo', { text: 'a' });
      expect(await latencyOf(server)).toMatchObject({ calls });
    }
  });

  it('has none without metrics', async () => {
    await start({ METRICS_ENABLED: 'false' });
    await call(server, 'test_echo', { text: 'a' });
    expect((await statusOf(server))['tools']).toMatchObject({ latencies: {} });
  });
});
