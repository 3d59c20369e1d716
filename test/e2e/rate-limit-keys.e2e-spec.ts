import { startServer, type TestServer } from '../helpers/app.js';
import {
  CAPABILITIES_KEY,
  type JsonRpcAnswer,
  legacy,
  legacyCall,
  modernCall,
} from '../helpers/mcp-requests.js';
import { type TestKey, testKey, TestKeysFile } from '../helpers/keys-file.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

const PING = legacy('ping');
const OF_ADDRESS = 2;
const OF_KEY = 5;

/**
 * Whose bucket counts: that of a key with a limit of its own, that of the address, and that of each caller of a tool.
 */
describe('The rate limits of keys and tools', () => {
  const own = testKey('own', { rateLimit: { maxRequests: OF_KEY, windowMs: 60_000 } });
  const plain = testKey('plain');
  const other = testKey('other', { rateLimit: { maxRequests: 1000, windowMs: 60_000 } });
  const file = new TestKeysFile(own, plain, other);
  let server: TestServer;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    server = await startServer({
      env: {
        MCP_API_KEYS_FILE: file.path,
        RATE_LIMIT_MAX_REQUESTS: String(OF_ADDRESS),
        TRUST_PROXY: '1',
        ...env,
      },
      modules: [TestToolsModule],
    });
  };
  afterEach(() => server.close());
  afterAll(() => file.remove());

  const ask = (who: TestKey, address: string, body: object = PING): Promise<Response> =>
    server.mcp(body, { 'x-api-key': who.key, 'x-forwarded-for': address });
  const statuses = async (times: number, send: () => Promise<Response>): Promise<number[]> => {
    const seen: number[] = [];
    for (let asked = 0; asked < times; asked += 1) seen.push((await send()).status);
    return seen;
  };

  it('counts a key with a limit of its own in its own bucket, and not in that of its address', async () => {
    await start();
    const first = await ask(own, '192.0.2.1');
    expect(first.headers.get('ratelimit-policy')).toBe(`"key";q=${OF_KEY};w=60`);
    expect(first.headers.get('ratelimit-remaining')).toBe(String(OF_KEY - 1));
    expect(await statuses(OF_KEY, () => ask(own, '192.0.2.1'))).toEqual([200, 200, 200, 200, 429]);
    const refused = await ask(own, '192.0.2.1');
    expect(((await refused.json()) as JsonRpcAnswer).error).toMatchObject({
      code: -32001,
      message: expect.stringContaining('This key has used its 5 requests') as string,
    });
    // The address has used nothing.
    expect(await statuses(OF_ADDRESS + 1, () => ask(plain, '192.0.2.1'))).toEqual([200, 200, 429]);
  });

  it('goes with the key from address to address, and stays where its address is used up', async () => {
    await start();
    await statuses(OF_ADDRESS + 1, () => ask(plain, '192.0.2.1'));
    expect((await ask(own, '192.0.2.1')).status).toBe(200);
    expect(await statuses(OF_KEY, () => ask(own, '192.0.2.2'))).toEqual([200, 200, 200, 200, 429]);
  });

  it('counts each member of a batch', async () => {
    await start();
    const batch = (size: number): object[] =>
      Array.from({ length: size }, (_, id) => legacy('ping', undefined, id));
    expect((await ask(own, '192.0.2.1', batch(OF_KEY))).status).toBe(200);
    expect((await ask(own, '192.0.2.1')).status).toBe(429);
  });

  it('limits a tool for each caller apart, whatever way it is called', async () => {
    await start({ RATE_LIMIT_TOOLS: 'test_task=2/60' });
    const asTask = (who: TestKey): Promise<Response> => {
      const meta = { [CAPABILITIES_KEY]: { extensions: { 'io.modelcontextprotocol/tasks': {} } } };
      const { body, headers } = modernCall('test_task', {}, { meta });
      return server.mcp(body, { ...headers, 'x-api-key': who.key });
    };
    const begun = await asTask(other);
    expect(((await begun.json()) as JsonRpcAnswer).result).toMatchObject({ resultType: 'task' });
    expect((await ask(other, '192.0.2.1', legacyCall('test_task'))).status).toBe(200);
    const refused = await asTask(other);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ]);
    expect(refused.headers.get('ratelimit')).toContain('"tool test_task";r=0;t=');
    const { result, error } = (await refused.json()) as JsonRpcAnswer;
    expect(result).toBeUndefined();
    expect(error).toMatchObject({
      code: -32001,
      message: expect.stringContaining('2 calls of test_task') as string,
    });
    expect((await asTask(own)).status).toBe(200);
    const counted = valueOf(await scrape(server.url), 'mcpo_tool_calls_total', {
      tool_name: 'test_task',
      outcome: 'rate_limited',
    });
    expect(counted).toBe(1);
  });
});
