import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { CountToolsModule, releaseCounted, runs } from '../helpers/count-tools.module.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { startReplicas } from '../helpers/replicas.js';
import { rest, type RestReply } from '../helpers/rest-client.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const OTHER_KEY = 'other-key-0123456789abcdef0123456789abcd';
const directory = mkdtempSync(join(tmpdir(), 'mcpo-idempotency-'));
const keysFile = join(directory, 'keys.json');
const env = { MCP_API_KEYS_FILE: keysFile, PRINCIPAL_SHARE_PERCENT: '100' };
const modules = [CountToolsModule, TestToolsModule];

interface Pair {
  readonly one: TestServer;
  readonly other: TestServer;
  close(): Promise<void>;
}

beforeAll(() => {
  const keys = [TEST_KEY, OTHER_KEY].map((key, index) => ({
    name: `key-${index}`,
    digest: apiKeyDigest(key),
    scopes: ['tools:call'],
  }));
  writeFileSync(keysFile, JSON.stringify({ keys }));
});
afterAll(() => rmSync(directory, { recursive: true }));

const inMemory = async (): Promise<Pair> => {
  const server = await startServer({ env, modules });
  return { one: server, other: server, close: () => server.close() };
};
const inRedis = async (): Promise<Pair> => {
  const replicas = await startReplicas({ env, modules });
  return { one: replicas.a, other: replicas.b, close: () => replicas.close() };
};

const behaves = (start: () => Promise<Pair>) => (): void => {
  let pair: Pair;
  let number = 0;

  beforeAll(async () => {
    pair = await start();
  });
  afterAll(() => pair.close());
  beforeEach(() => {
    number += 1;
    runs.length = 0;
  });

  const call = (
    { url }: TestServer,
    tool: string,
    body: object,
    headers: Record<string, string | undefined> = {},
  ): Promise<RestReply> =>
    rest(url, `/tools/${tool}`, { body, headers: { 'idempotency-key': `key-${number}`, ...headers } });

  it('runs a call once, and gives its answer again', async () => {
    const first = await call(pair.one, 'count', { id: 1 });
    const second = await call(pair.other, 'count', { id: 1 });
    expect([first.status, first.body, first.headers.get('idempotency-replayed')]).toEqual([
      200,
      { id: 1 },
      null,
    ]);
    expect([second.status, second.text, second.headers.get('idempotency-replayed')]).toEqual([
      200,
      first.text,
      'true',
    ]);
    expect(runs).toEqual([1]);
  });

  it('refuses the key for another call', async () => {
    await call(pair.one, 'count', { id: 1 });
    for (const reply of [await call(pair.other, 'count', { id: 2 }), await call(pair.other, 'test_log', {})])
      expect(reply).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    expect(runs).toEqual([1]);
  });

  it('refuses it while the call runs, which goes on without its client', async () => {
    const gone = new AbortController();
    const first = fetch(`${pair.one.url}/tools/count_held`, {
      method: 'POST',
      headers: {
        'x-api-key': TEST_KEY,
        'content-type': 'application/json',
        'idempotency-key': `key-${number}`,
      },
      body: '{"id":3}',
      signal: gone.signal,
    });
    await waitFor(() => runs.length === 1);
    const meanwhile = await call(pair.other, 'count_held', { id: 3 });
    expect(meanwhile).toMatchObject({ status: 409, body: { code: 'idempotency_conflict' } });
    expect(meanwhile.headers.get('retry-after')).toBe('1');
    gone.abort();
    await expect(first).rejects.toThrow();
    releaseCounted();
    let again = await call(pair.other, 'count_held', { id: 3 });
    await waitFor(async () => (again = await call(pair.other, 'count_held', { id: 3 })).status !== 409);
    expect([again.status, again.body]).toEqual([200, { id: 3 }]);
    expect(runs).toEqual([3]);
  });

  it('is another key for another caller', async () => {
    await call(pair.one, 'count', { id: 1 });
    await call(pair.other, 'count', { id: 2 }, { 'x-api-key': OTHER_KEY });
    expect(runs).toEqual([1, 2]);
  });

  it('keeps a failure of the tool, and frees the key of what did not run', async () => {
    await call(pair.one, 'count', { id: 'wrong' });
    expect((await call(pair.other, 'count', { id: 4 })).status).toBe(200);
    expect(runs).toEqual([4]);
    const headers = { 'idempotency-key': `failing-${number}` };
    const failed = await call(pair.one, 'test_fail', {}, headers);
    const again = await call(pair.other, 'test_fail', {}, headers);
    expect([again.status, again.text]).toEqual([404, failed.text]);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
  });
};

describe('Idempotency-Key in memory', behaves(inMemory));
describeWithParts('Idempotency-Key over two replicas', ['redis-server'], behaves(inRedis));

describe('Idempotency-Key', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ modules });
    runs.length = 0;
  });
  afterAll(() => server.close());

  it.each(['a b', 'ü', 'a'.repeat(256), ''])('is not %j', async (key) => {
    const reply = await rest(server.url, '/tools/count', {
      body: { id: 1 },
      headers: { 'idempotency-key': key },
    });
    expect(reply).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    expect(runs).toEqual([]);
  });

  it('is nothing to a tool that only reads', async () => {
    const registry = server.app.get(ToolRegistry, { strict: false });
    const { definition } = registry.get('count')!;
    registry.register({ ...definition, name: 'read', annotations: { readOnlyHint: true } });
    for (const id of [1, 2]) {
      const headers = { 'idempotency-key': 'one' };
      expect((await rest(server.url, '/tools/read', { body: { id }, headers })).body).toEqual({ id });
    }
  });

  it('gives an answer that is too long to be kept, and does not run it again', async () => {
    const registry = server.app.get(ToolRegistry, { strict: false });
    const text = 'x'.repeat(300_000);
    let calls = 0;
    registry.register({
      name: 'long_answer',
      description: 'Answers at length.',
      inputSchema: { type: 'object' },
      duration: 'quick',
      task: 'forbidden',
      handler: async () => {
        calls += 1;
        return { content: [{ type: 'text', text }] };
      },
    });
    const ask = (): Promise<RestReply> =>
      rest(server.url, '/tools/long_answer', { body: {}, headers: { 'idempotency-key': 'long' } });
    expect((await ask()).text).toContain(text);
    const again = await ask();
    expect(again).toMatchObject({ status: 409, body: { code: 'idempotency_conflict' } });
    expect(again.headers.get('retry-after')).toBeNull();
    expect(calls).toBe(1);
  });
});
