import { join } from 'node:path';
import { Redis } from 'ioredis';
import { KEY_PREFIX } from '../../src/storage/redis.connection.js';
import type { TestServer } from '../helpers/app.js';
import { type TestKey, testKey, TestKeysFile } from '../helpers/keys-file.js';
import { CAPABILITIES_KEY, type Json, legacy, legacyCall, modernCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { RedisProcess } from '../helpers/redis-process.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { withoutTimeouts } from '../helpers/simulated-clock.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { ServersFile } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const UPSTREAM = join(__dirname, '../helpers/greedy-upstream.mjs');
const MIB = 1024 * 1024;
const MAX_MEMORY = 32 * MIB;
const LARGE = 1_000_000;
const LIMIT = 3;
const DAY_MS = 86_400_000;
const TASKS = { meta: { [CAPABILITIES_KEY]: { extensions: { 'io.modelcontextprotocol/tasks': {} } } } };
const ECHO = legacyCall('test_echo', { text: 'a' });
const PING = legacy('ping');

/** What one caller may keep there is more than this Redis takes: it is full in the end. */
describeWithParts('A flood of one caller, in a small Redis of two replicas', ['redis-server'], () => {
  const flooding = testKey('flooding', { rateLimit: { maxRequests: 1_000_000, windowMs: DAY_MS } });
  /** Has a session, and no call of `test_echo` left. */
  const other = testKey('other');
  /** Has no request left. */
  const limited = testKey('limited', { rateLimit: { maxRequests: LIMIT, windowMs: DAY_MS } });
  const keys = new TestKeysFile(flooding, other, limited);
  const servers = new ServersFile({
    greedy: {
      command: process.execPath,
      args: [UPSTREAM],
      cache: { tools: ['pour'], ttlMs: 3_600_000 },
    },
  });
  let replicas: Replicas;
  let commands: Redis;
  let session: Readonly<Record<string, string>>;

  const both = (): TestServer[] => [replicas.a, replicas.b];
  const ask = async (
    server: TestServer,
    { key }: TestKey,
    body: Json,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Response> => {
    const response = await server.mcp(body, { ...headers, 'x-api-key': key });
    return new Response(await response.text(), response);
  };
  const initialize = (capabilities: Json): Json =>
    legacy('initialize', {
      protocolVersion: '2025-11-25',
      capabilities,
      clientInfo: { name: 'test', version: '1' },
    });
  const info = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await commands.info())?.[1]);

  beforeAll(async () => {
    const redis = await RedisProcess.create({
      options: { maxmemory: String(MAX_MEMORY), 'maxmemory-policy': 'noeviction', appendonly: 'no' },
    });
    commands = new Redis(redis.url);
    replicas = await startReplicas({
      redis,
      env: {
        MCP_API_KEYS_FILE: keys.path,
        MCP_SERVERS_FILE: servers.path,
        RATE_LIMIT_MAX_REQUESTS: '0',
        RATE_LIMIT_TOOLS: `test_echo=${LIMIT}/86400`,
        TOOL_MAX_OUTPUT_BYTES: String(2 * MIB),
      },
      modules: [TestToolsModule],
    });
    for (const server of both())
      await waitFor(async () =>
        (await (await ask(server, flooding, legacy('tools/list'))).text()).includes('greedy_pour'),
      );
    await withoutTimeouts(async () => {
      const { headers } = await ask(replicas.a, other, initialize({}));
      session = { 'mcp-session-id': headers.get('mcp-session-id')! };
      // Each replica hears of both limits that they are used up.
      for (const server of both()) {
        await waitFor(async () => (await ask(server, other, ECHO)).status === 429);
        await waitFor(async () => (await ask(server, limited, PING)).status === 429);
      }
    });
  });
  afterAll(async () => {
    commands.disconnect();
    await replicas.close();
    keys.remove();
    servers.remove();
  });

  /** Both replicas in turn. */
  const repeat = async (count: number, send: (server: TestServer, index: number) => Promise<Response>) => {
    const statuses = new Set<number>();
    for (let index = 0; index < count; index += 2)
      for (const { status } of await Promise.all(both().map((server, n) => send(server, index + n))))
        statuses.add(status);
    return [...statuses];
  };

  it('takes handshakes with much in them, cached answers and results of tasks until it is full', async () => {
    const capabilities = { experimental: { text: 'x'.repeat(LARGE) } };
    expect(await repeat(400, (server) => ask(server, flooding, initialize(capabilities)))).toEqual([200]);
    expect(await info('used_memory')).toBeLessThan(MAX_MEMORY / 4);
    const call =
      (name: string, change: object, from = 0) =>
      (server: TestServer, index: number) => {
        const { body, headers } = modernCall(name, { length: LARGE, index: from + index }, change);
        return ask(server, flooding, body, headers);
      };
    // The cache leaves room, and tasks take it.
    for (let asked = 0; asked < 400 && (await info('used_memory')) < 0.78 * MAX_MEMORY; asked += 10)
      expect(await repeat(10, call('greedy_pour', {}, asked))).toEqual([200]);
    expect(await repeat(10, call('greedy_pour', {}, 400))).toEqual([200]);
    expect(await info('used_memory')).toBeGreaterThan(0.7 * MAX_MEMORY);
    expect(await info('used_memory')).toBeLessThan(0.9 * MAX_MEMORY);
    const isFull = (): Promise<boolean> =>
      commands.set(`${KEY_PREFIX}test`, '').then(
        () => false,
        (error: Error) => error.message.startsWith('OOM'),
      );
    for (let asked = 0; asked < 400 && !(await isFull()); asked += 10) {
      await repeat(10, call('greedy_gush', TASKS));
      await waitFor(async () => valueOf(await scrape(replicas.b.url), 'mcpo_tasks_running') === 0);
    }
    expect(await isFull()).toBe(true);
  });

  it('leaves another caller the session', async () => {
    for (const server of both())
      await waitFor(async () => {
        const { status } = await ask(server, other, PING, session);
        expect([200, 503]).toContain(status);
        return status === 200;
      });
  });

  it('leaves used-up limits used up, of a tool and of a key, on both replicas', async () => {
    for (const server of both()) {
      expect((await ask(server, other, ECHO)).status).toBe(429);
      expect((await ask(server, limited, PING)).status).toBe(429);
    }
  });

  it('has pushed nothing out', async () => {
    expect(await info('evicted_keys')).toBe(0);
    for (const bucket of ['tool:test_echo:key:other', 'key:limited'])
      expect(Number(await commands.get(`${KEY_PREFIX}limit:${bucket}`))).toBeGreaterThan(LIMIT);
  });
});
