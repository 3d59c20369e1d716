import { ServerRequests } from '../../src/mcp/client/server-requests.service.js';
import { InFlight } from '../../src/mcp/dispatch/in-flight.service.js';
import { NotificationStreams } from '../../src/mcp/streams/notification-streams.service.js';
import { PromptRegistry } from '../../src/tools/prompts/prompt.registry.js';
import { ResourceRegistry } from '../../src/tools/resources/resource.registry.js';
import type { TestServer } from '../helpers/app.js';
import type { EventStream } from '../helpers/event-stream.js';
import { LegacySession } from '../helpers/legacy-session.js';
import type { Json } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { MARKER, ReplicaTools, ReplicaToolsModule, WATCHED } from '../helpers/replica-tools.module.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { waitFor } from '../helpers/wait-for.js';

const PROMPTS_CHANGED = 'notifications/prompts/list_changed';

/** What the handshake era needs a memory for, with every request at another replica than the one before. */
describeWithParts('A session of the handshake era on two replicas', ['redis-server'], () => {
  let replicas: Replicas;
  let a: TestServer;
  let b: TestServer;
  const opened: EventStream[] = [];

  beforeAll(async () => {
    replicas = await startReplicas({ modules: [ReplicaToolsModule] });
    ({ a, b } = replicas);
  });
  afterEach(() => {
    for (const stream of opened.splice(0)) stream.close();
  });
  afterAll(() => replicas.close());

  const listen = async (session: LegacySession, server: TestServer): Promise<EventStream> => {
    const stream = await session.listen(server);
    opened.push(stream);
    return stream;
  };
  const updated = (server: TestServer, uri: string): void => server.app.get(ResourceRegistry).updated(uri);
  const isUpdateOf =
    (uri: string) =>
    ({ method, params }: Json): boolean =>
      method === 'notifications/resources/updated' && (params as { uri: unknown }).uri === uri;
  const changePrompts = (server: TestServer): void => {
    const prompts = server.app.get(PromptRegistry);
    prompts.register({ options: { name: 'late' }, render: () => Promise.resolve('late') });
    prompts.unregister('late');
  };

  it('subscribes at one, and hears at the other of a change at the first', async () => {
    const session = await LegacySession.begin(a);
    const stream = await listen(session, b);
    expect((await session.ask(a, 'resources/subscribe', { uri: WATCHED })).result).toEqual({});
    updated(a, WATCHED);
    expect(await stream.next(isUpdateOf(WATCHED))).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri: WATCHED },
    });
  });

  it('hears no more of what it has unsubscribed from', async () => {
    const session = await LegacySession.begin(a);
    const stream = await listen(session, b);
    for (const uri of [WATCHED, MARKER]) await session.ask(a, 'resources/subscribe', { uri });
    await session.ask(b, 'resources/unsubscribe', { uri: WATCHED });
    updated(a, WATCHED);
    updated(a, MARKER);
    await stream.next(isUpdateOf(MARKER));
    expect(stream.messages.filter(isUpdateOf(WATCHED))).toEqual([]);
  });

  it('hears nothing that another session has subscribed to', async () => {
    const [one, two] = [await LegacySession.begin(a), await LegacySession.begin(b)];
    const [first, second] = [await listen(one, b), await listen(two, a)];
    await one.ask(a, 'resources/subscribe', { uri: WATCHED });
    for (const session of [one, two]) await session.ask(b, 'resources/subscribe', { uri: MARKER });
    updated(b, WATCHED);
    updated(b, MARKER);
    await Promise.all([first, second].map((stream) => stream.next(isUpdateOf(MARKER))));
    await first.next(isUpdateOf(WATCHED));
    expect(second.messages.filter(isUpdateOf(WATCHED))).toEqual([]);
  });

  it('answers at one what it was asked at the other', async () => {
    const session = await LegacySession.begin(b, { elicitation: {} });
    const call = await session.call(a, 'replica_ask', 'call-1');
    const question = await call.next(({ method }) => method === 'elicitation/create');
    expect(question).toMatchObject({ jsonrpc: '2.0', params: { message: 'What is your name?' } });
    const stranger = await LegacySession.begin(b, { elicitation: {} });
    const answer = { action: 'accept', content: { name: 'Ann' } };
    expect(await stranger.post(b, { id: question['id'], result: { action: 'decline' } })).toBe(202);
    expect(await session.post(b, { id: question['id'], result: answer })).toBe(202);
    expect(await call.next(({ id }) => id === 'call-1')).toMatchObject({
      result: { content: [{ type: 'text', text: 'accept: {"name":"Ann"}' }] },
    });
    expect(a.app.get(ServerRequests).pendingCount).toBe(0);
  });

  it('cancels at one a call that runs at the other', async () => {
    const session = await LegacySession.begin(a);
    const call = session.call(a, 'replica_hold', 'held');
    await waitFor(() => a.app.get(ReplicaTools).holding === 1);
    const stranger = await LegacySession.begin(b);
    const cancelled = { method: 'notifications/cancelled', params: { requestId: 'held' } };
    expect(await stranger.post(b, cancelled)).toBe(202);
    expect(await session.post(b, { ...cancelled, params: { requestId: 'other' } })).toBe(202);
    expect(a.app.get(ReplicaTools).holding).toBe(1);
    expect(await session.post(b, cancelled)).toBe(202);
    await waitFor(() => a.app.get(ReplicaTools).holding === 0);
    await (await call).end();
    expect(a.app.get(InFlight).size).toBe(0);
  });

  it('sets its log level at one, and gets the messages of that level at the other', async () => {
    const session = await LegacySession.begin(a);
    await session.ask(b, 'logging/setLevel', { level: 'error' });
    const call = await session.call(a, 'replica_log', 1);
    await call.end();
    expect(call.messages.map(({ params }) => (params as { data?: unknown } | undefined)?.data)).toEqual([
      'loud',
      undefined,
    ]);
  });

  it('has one stream: opening another, at the other replica, ends the first', async () => {
    const session = await LegacySession.begin(a);
    const first = await listen(session, a);
    const second = await listen(session, b);
    await first.end();
    const third = await listen(session, b);
    await second.end();
    changePrompts(a);
    await third.next(({ method }) => method === PROMPTS_CHANGED);
    expect([first, second].map(({ isComplete, messages }) => [isComplete, messages])).toEqual([
      [true, []],
      [true, []],
    ]);
    third.close();
    await waitFor(() => [a, b].every(({ app }) => app.get(NotificationStreams).size === 0));
  });

  it('ends at both, and with it its stream', async () => {
    const session = await LegacySession.begin(a);
    const stream = await listen(session, b);
    expect(await session.end(a)).toBe(204);
    await stream.end();
    expect(stream.isComplete).toBe(true);
    for (const server of [a, b]) {
      const response = await server.mcp({ jsonrpc: '2.0', id: 1, method: 'ping' }, session.headers);
      expect(response.status).toBe(404);
      await response.arrayBuffer();
    }
  });
});
