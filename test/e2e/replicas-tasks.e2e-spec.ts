import { Tasks } from '../../src/mcp/tasks/tasks.service.js';
import { TEST_KEY, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { CAPABILITIES_KEY, type Json, type JsonRpcAnswer, modern } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { ReplicaTools, ReplicaToolsModule } from '../helpers/replica-tools.module.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { waitFor } from '../helpers/wait-for.js';

const FOLLOWER = {
  meta: {
    [CAPABILITIES_KEY]: { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } },
  },
};
const OTHER_KEY = 'other-key-0123456789abcdef0123456789abcdef';

/** Tasks (SEP-2663) that run at replica A, for a client whose further requests reach replica B. */
describeWithParts('A task on two replicas', ['redis-server'], () => {
  let replicas: Replicas;
  let a: TestServer;
  let b: TestServer;

  beforeAll(async () => {
    replicas = await startReplicas({
      modules: [ReplicaToolsModule],
      env: { MCP_API_KEYS: `${TEST_KEY},${OTHER_KEY}` },
    });
    ({ a, b } = replicas);
  });
  afterAll(() => replicas.close());

  const send = async (
    server: TestServer,
    method: string,
    params: Json,
    headers: Record<string, string> = {},
  ): Promise<JsonRpcAnswer> => {
    const name = params['taskId'];
    const wire = modern(method, params, {
      ...FOLLOWER,
      headers: { ...(typeof name === 'string' && { 'mcp-name': name }), ...headers },
    });
    const response = await server.mcp(wire.body, wire.headers);
    return (await response.json()) as JsonRpcAnswer;
  };
  const begin = async (tool: string): Promise<string> => {
    const { result } = await send(a, 'tools/call', { name: tool, arguments: {} }, { 'mcp-name': tool });
    expect(result).toMatchObject({ resultType: 'task', status: 'working' });
    return result!['taskId'] as string;
  };
  const statusAt = async (server: TestServer, taskId: string): Promise<unknown> =>
    (await send(server, 'tasks/get', { taskId })).result?.['status'];
  const reaches = (server: TestServer, taskId: string, status: string): Promise<void> =>
    waitFor(async () => (await statusAt(server, taskId)) === status);

  it('is found at the other, and at once', async () => {
    const taskId = await begin('replica_task_hold');
    expect((await send(b, 'tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'working' });
    await send(a, 'tasks/cancel', { taskId });
    await reaches(b, taskId, 'cancelled');
  });

  it('is answered through the other', async () => {
    const taskId = await begin('replica_task_ask');
    await reaches(b, taskId, 'input_required');
    const asked = (await send(b, 'tasks/get', { taskId })).result!['inputRequests'] as Json;
    expect(Object.keys(asked)).toEqual(['name']);
    const inputResponses = { name: { action: 'accept', content: { name: 'Ann' } } };
    expect((await send(b, 'tasks/update', { taskId, inputResponses })).result).toMatchObject({
      resultType: 'complete',
    });
    await reaches(b, taskId, 'completed');
    expect((await send(b, 'tasks/get', { taskId })).result).toMatchObject({
      result: { content: [{ type: 'text', text: 'accept: {"name":"Ann"}' }] },
    });
  });

  it('is cancelled through the other', async () => {
    const taskId = await begin('replica_task_hold');
    await waitFor(() => a.app.get(ReplicaTools).holding === 1);
    await send(b, 'tasks/cancel', { taskId });
    await reaches(b, taskId, 'cancelled');
    await waitFor(() => a.app.get(Tasks).runningCount === 0);
    expect(a.app.get(ReplicaTools).holding).toBe(0);
  });

  it('tells a stream of the other how it goes', async () => {
    const taskId = await begin('replica_task_ask');
    await reaches(b, taskId, 'input_required');
    const stream = await EventStream.open(
      b.url,
      modern('subscriptions/listen', { notifications: { taskIds: [taskId] } }, { ...FOLLOWER, id: 'sub' }),
    );
    await stream.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
    await send(b, 'tasks/update', { taskId, inputResponses: { name: { action: 'decline' } } });
    const end = await stream.next(({ params }) => (params as Json)['status'] === 'completed');
    expect(end).toMatchObject({ method: 'notifications/tasks', params: { taskId } });
    stream.close();
  });

  it.each(['tasks/get', 'tasks/cancel', 'tasks/update'])('is unknown to anybody else: %s', async (method) => {
    const taskId = await begin('replica_task_hold');
    for (const server of [a, b]) {
      const params = { taskId, inputResponses: {} };
      const { error } = await send(server, method, params, { 'x-api-key': OTHER_KEY });
      expect(error?.code).toBe(-32602);
    }
    expect(await statusAt(b, taskId)).toBe('working');
    await send(b, 'tasks/cancel', { taskId });
    await reaches(b, taskId, 'cancelled');
  });
});
