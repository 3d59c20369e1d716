import { PromptRegistry } from '../../src/tools/prompts/prompt.registry.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { LegacySession } from '../helpers/legacy-session.js';
import { CAPABILITIES_KEY, type JsonRpcAnswer, legacy, legacyCall, modern } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { RedisProcess } from '../helpers/redis-process.js';
import { ReplicaToolsModule } from '../helpers/replica-tools.module.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const PROMPTS_CHANGED = 'notifications/prompts/list_changed';
const TASKS = { meta: { [CAPABILITIES_KEY]: { extensions: { 'io.modelcontextprotocol/tasks': {} } } } };

const changePrompts = ({ app }: TestServer): void => {
  const prompts = app.get(PromptRegistry);
  prompts.register({ options: { name: 'late' }, render: () => Promise.resolve('late') });
  prompts.unregister('late');
};
const listen = (server: TestServer): Promise<EventStream> =>
  EventStream.open(
    server.url,
    modern('subscriptions/listen', { notifications: { promptsListChanged: true } }, { id: 'sub' }),
  );
const changesHeardBy = (stream: EventStream): number =>
  stream.methods().filter((method) => method === PROMPTS_CHANGED).length;

describeWithParts('Redis that goes away and comes back', ['redis-server'], () => {
  let replicas: Replicas;
  let servers: readonly TestServer[];
  let session: LegacySession;
  let streams: readonly EventStream[] = [];

  beforeAll(async () => {
    replicas = await startReplicas({ modules: [ReplicaToolsModule, TestToolsModule] });
    servers = [replicas.a, replicas.b];
    session = await LegacySession.begin(replicas.a);
    streams = await Promise.all(servers.map(listen));
    await replicas.redis.kill();
  });
  afterAll(async () => {
    for (const stream of streams) stream.close();
    await replicas.close();
  });

  const unavailable = async (response: Response): Promise<void> => {
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(((await response.json()) as JsonRpcAnswer).error).toMatchObject({
      code: -32006,
      data: { retryAfterMs: 1000 },
    });
  };

  it('is not missed by requests that need no session', async () => {
    const { body, headers } = modern('tools/call', { name: 'test_echo', arguments: { text: 'a' } });
    for (const server of servers) {
      const responses = await Promise.all([
        server.mcp(legacy('tools/list', {})),
        server.mcp(legacyCall('test_echo', { text: 'a' })),
        server.mcp(legacy('resources/list', {}), { 'mcp-protocol-version': '2025-11-25' }),
        server.mcp(body, headers),
        server.mcp({ jsonrpc: '2.0', method: 'notifications/initialized' }),
        fetch(`${server.url}/health`),
        fetch(`${server.url}/health/live`),
        fetch(`${server.url}/health/ready`),
        fetch(`${server.url}/metrics`),
      ]);
      expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 202, 200, 200, 200, 200]);
      await Promise.all(responses.map((response) => response.arrayBuffer()));
    }
  });

  it('lets a handshake succeed, without a session', async () => {
    const response = await replicas.a.mcp(
      legacy('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'test', version: '1.0.0' },
      }),
    );
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, null]);
    expect(((await response.json()) as JsonRpcAnswer).result).toMatchObject({
      protocolVersion: '2025-11-25',
    });
  });

  it('answers a request that names a session with 503, and says when to come back', async () => {
    for (const server of servers) {
      await unavailable(await server.mcp(legacy('tools/list', {}), session.headers));
      await unavailable(
        await server.mcp(legacy('resources/subscribe', { uri: 'test://watched' }), session.headers),
      );
      await unavailable(
        await server.mcp({ jsonrpc: '2.0', method: 'notifications/initialized' }, session.headers),
      );
      for (const method of ['GET', 'DELETE']) {
        const headers = { 'x-api-key': TEST_KEY, accept: 'text/event-stream', ...session.headers };
        await unavailable(await fetch(`${server.url}/mcp`, { method, headers }));
      }
    }
  });

  it('answers what concerns a task in the same way', async () => {
    const get = modern('tasks/get', { taskId: 'any' }, { ...TASKS, headers: { 'mcp-name': 'any' } });
    await unavailable(await replicas.a.mcp(get.body, get.headers));
  });

  it('leaves each replica to tell its own streams of its own changes', async () => {
    for (const server of servers) changePrompts(server);
    await waitFor(() => streams.every((stream) => changesHeardBy(stream) === 1));
  });

  it('has caused no answer of 5xx but those, and nothing that was not foreseen', async () => {
    const log = [...replicas.a.logs()];
    const failed = log.filter(({ status }) => typeof status === 'number' && status >= 500);
    expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([503]));
    expect(log.filter(({ message }) => /unexpected|Unhandled|Uncaught/i.test(String(message)))).toEqual([]);
  });

  it('serves the same session again when it is back, and carries changes between replicas', async () => {
    await replicas.redis.start();
    for (const server of servers) {
      await waitFor(async () => {
        const response = await server.mcp(legacy('ping'), session.headers);
        await response.arrayBuffer();
        return response.status === 200;
      });
    }
    // Each replica subscribes again as soon as it is connected; until then it misses what is said, its own words too.
    for (const stream of streams) {
      const before = changesHeardBy(stream);
      await waitFor(() => {
        changePrompts(replicas.a);
        return changesHeardBy(stream) > before;
      });
      expect(changesHeardBy(stream)).toBeGreaterThan(before);
    }
  });
});

describeWithParts('Redis that is away when the servers start', ['redis-server'], () => {
  let redis: RedisProcess;
  let servers: TestServer[] = [];

  beforeAll(async () => {
    redis = await RedisProcess.reserve();
    for (let count = 0; count < 2; count += 1) {
      servers.push(await startServer({ env: { REDIS_URL: redis.url } }));
    }
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
    await redis.remove();
  });

  it('is used as soon as it is there', async () => {
    const [a, b] = servers;
    const response = await a!.mcp(legacy('tools/list', {}));
    expect(response.status).toBe(200);
    await response.arrayBuffer();

    await redis.start();
    const stream = await listen(b!);
    await waitFor(() => {
      changePrompts(a!);
      return changesHeardBy(stream) > 0;
    });
    stream.close();
    expect((await LegacySession.begin(a!)).id).toMatch(/\S/);
  });
});
