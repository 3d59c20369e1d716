import { Redis } from 'ioredis';
import { RedisConnection } from '../../src/storage/redis.connection.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { type TestKey, testKey, TestKeysFile } from '../helpers/keys-file.js';
import { LegacySession } from '../helpers/legacy-session.js';
import { CAPABILITIES_KEY, type JsonRpcAnswer, legacy, legacyCall, modern } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { RedisProcess } from '../helpers/redis-process.js';
import { ReplicaToolsModule } from '../helpers/replica-tools.module.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const TASKS = {
  meta: { [CAPABILITIES_KEY]: { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } } },
};
const HANDSHAKE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

const LIMIT = 3;

describeWithParts('Redis that is full', ['redis-server'], () => {
  /** Two whose limits last longer than any test: one of them is used up before, the other one while it is full. */
  const [before, meanwhile] = ['before', 'meanwhile'].map((name) =>
    testKey(name, { rateLimit: { maxRequests: LIMIT, windowMs: 86_400_000 } }),
  ) as [TestKey, TestKey];
  const keys = new TestKeysFile(before, meanwhile);
  let redis: RedisProcess;
  let commands: Redis;
  let server: TestServer;
  let session: LegacySession;

  beforeAll(async () => {
    redis = await RedisProcess.create({ options: { 'maxmemory-policy': 'noeviction' } });
    commands = new Redis(redis.url);
    server = await startServer({
      env: { REDIS_URL: redis.url, MCP_API_KEYS_FILE: keys.path },
      modules: [ReplicaToolsModule, TestToolsModule],
    });
    await waitFor(async () =>
      (await server.mcp(legacy('initialize', HANDSHAKE))).headers.has('mcp-session-id'),
    );
    session = await LegacySession.begin(server);
    await session.ask(server, 'resources/subscribe', { uri: 'test://watched' });
    await waitFor(async () => (await ping(before)) === 429);
    await commands.config('SET', 'maxmemory', '1mb');
  });
  afterAll(async () => {
    commands.disconnect();
    await server.close();
    await redis.remove();
    keys.remove();
  });

  const ping = async ({ key }: TestKey): Promise<number> => {
    const response = await server.mcp(legacy('ping'), { 'x-api-key': key });
    await response.arrayBuffer();
    return response.status;
  };

  it('still has what it had', async () => {
    expect(await session.ask(server, 'ping')).toMatchObject({ result: {} });
  });

  it('is not missed by calls that need no memory, whose limits are counted here', async () => {
    const response = await server.mcp(legacyCall('test_echo', { text: 'a' }));
    expect([response.status, response.headers.has('ratelimit')]).toEqual([200, true]);
    expect(server.app.get(RedisConnection).isLost).toBe(true);
  });

  it('leaves a limit used up that was used up before, and lets none be exceeded', async () => {
    expect(await ping(before)).toBe(429);
    const statuses: number[] = [];
    for (let asked = 0; asked <= LIMIT; asked += 1) statuses.push(await ping(meanwhile));
    expect(statuses).toEqual([...Array.from({ length: LIMIT }, () => 200), 429]);
    expect(server.app.get(RedisConnection).isLost).toBe(true);
  });

  it('lets a handshake succeed, without a session', async () => {
    const response = await server.mcp(legacy('initialize', HANDSHAKE));
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, null]);
  });

  it.each([
    ['a new task', 'task'],
    ['a change of a session', 'session'],
  ])('is said to be away to %s', async (_what, kind) => {
    const call = modern(
      'tools/call',
      { name: 'replica_task_hold', arguments: {} },
      { ...TASKS, headers: { 'mcp-name': 'replica_task_hold' } },
    );
    const response =
      kind === 'task'
        ? await server.mcp(call.body, call.headers)
        : await server.mcp(legacy('logging/setLevel', { level: 'error' }), session.headers);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(((await response.json()) as JsonRpcAnswer).error?.message).toMatch(/cannot be reached now/);
  });

  it('takes everything again when there is room', async () => {
    await commands.config('SET', 'maxmemory', '0');
    await waitFor(() => !server.app.get(RedisConnection).isLost);
    expect(await ping(before)).toBe(429);
    await LegacySession.begin(server);
    expect(await session.ask(server, 'logging/setLevel', { level: 'error' })).toMatchObject({ result: {} });
  });
});
