import { startServer, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { CAPABILITIES_KEY, type JsonRpcAnswer, modern } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { RedisProcess } from '../helpers/redis-process.js';
import { ReplicaToolsModule } from '../helpers/replica-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const FOLLOWER = {
  meta: { [CAPABILITIES_KEY]: { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
};

/** What a subscriber gets to hear when the server shuts down in order. */
describeWithParts('A stream of a server that closes', ['redis-server'], () => {
  let redis: RedisProcess;

  beforeAll(async () => {
    redis = await RedisProcess.create();
  });
  afterAll(() => redis.remove());

  const begin = async (server: TestServer): Promise<string> => {
    const name = 'replica_task_hold';
    const wire = modern(
      'tools/call',
      { name, arguments: {} },
      { ...FOLLOWER, headers: { 'mcp-name': name } },
    );
    const { result } = (await (await server.mcp(wire.body, wire.headers)).json()) as JsonRpcAnswer;
    return result!['taskId'] as string;
  };

  it.each(['memory', 'Redis'])('tells of the end of its tasks, then of its own, with %s', async (storage) => {
    const server = await startServer({
      modules: [ReplicaToolsModule],
      env: storage === 'Redis' ? { REDIS_URL: redis.url } : {},
    });
    const taskId = await begin(server);
    const stream = await EventStream.open(
      server.url,
      modern('subscriptions/listen', { notifications: { taskIds: [taskId] } }, { ...FOLLOWER, id: 'sub' }),
    );
    await stream.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
    await server.close();
    await waitFor(() => stream.isComplete);
    expect(stream.messages.slice(1)).toMatchObject([
      { method: 'notifications/tasks', params: { taskId, status: 'failed' } },
      { id: 'sub', result: {} },
    ]);
  });
});
