import { NotificationStreams } from '../../src/mcp/streams/notification-streams.service.js';
import { Changes } from '../../src/tools/changes.service.js';
import { ResourceRegistry } from '../../src/tools/resources/resource.registry.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import type { TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { modern } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { waitFor } from '../helpers/wait-for.js';

const STREAMS_PER_REPLICA = 500;
/** Connections that are opened at the same time: a listen backlog has room for these. */
const AT_ONCE = 50;
const WATCHED = 'mcpo://server/status';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

const streamsOf = ({ app }: TestServer): number => app.get(NotificationStreams).size;
const listenersOf = ({ app }: TestServer): number => app.get(Changes).listenerCount;
const connectionsOf = ({ app }: TestServer): Promise<number> =>
  new Promise((resolve, reject) => {
    app
      .getHttpServer()
      .getConnections((error: Error | null, count: number) =>
        error === null ? resolve(count) : reject(error),
      );
  });

describeWithParts('1,000 streams of subscriptions/listen on two replicas', ['redis-server'], () => {
  let replicas: Replicas;
  let servers: readonly TestServer[];
  let streams: EventStream[] = [];

  beforeEach(async () => {
    replicas = await startReplicas();
    servers = [replicas.a, replicas.b];
  });
  afterEach(async () => {
    for (const stream of streams) stream.close();
    streams = [];
    await replicas.close();
  });

  const listen = (server: TestServer, id: string): Promise<EventStream> => {
    const filter = { toolsListChanged: true, resourceSubscriptions: [WATCHED] };
    return EventStream.open(server.url, modern('subscriptions/listen', { notifications: filter }, { id }));
  };
  const openAll = async (): Promise<void> => {
    for (const [index, server] of servers.entries()) {
      for (let from = 0; from < STREAMS_PER_REPLICA; from += AT_ONCE) {
        const ids = Array.from({ length: AT_ONCE }, (_, offset) => `${index}-${from + offset}`);
        streams.push(...(await Promise.all(ids.map((id) => listen(server, id)))));
      }
    }
    await waitFor(() => streams.every(({ messages }) => messages.length === 1));
  };
  const idsOf = (stream: EventStream): unknown[] => [
    ...new Set(
      stream.messages.map(({ params }) => (params as { _meta: Record<string, unknown> })._meta[SUBSCRIPTION]),
    ),
  ];

  it('carry a change to everybody, and leave nothing when their clients close them', async () => {
    const before = await Promise.all(
      servers.map(async (server) => [streamsOf(server), listenersOf(server), await connectionsOf(server)]),
    );
    await openAll();
    expect(servers.map(streamsOf)).toEqual([STREAMS_PER_REPLICA, STREAMS_PER_REPLICA]);
    // A thousand streams are one listener each side, not a thousand.
    expect(servers.map(listenersOf)).toEqual(before.map(([, listeners]) => listeners));

    replicas.a.app.get(ToolRegistry).register({
      name: 'test_late',
      description: 'Comes late.',
      inputSchema: { type: 'object' },
      duration: 'quick',
      task: 'forbidden',
      handler: () => Promise.resolve({ content: [] }),
    });
    await waitFor(() => streams.every(({ messages }) => messages.length === 2));
    replicas.b.app.get(ResourceRegistry).updated('mcpo://server/upstreams');
    replicas.b.app.get(ResourceRegistry).updated(WATCHED);
    await waitFor(() => streams.every(({ messages }) => messages.length === 3));

    const ids = new Set<unknown>();
    for (const stream of streams) {
      expect(stream.methods()).toEqual([
        'notifications/subscriptions/acknowledged',
        'notifications/tools/list_changed',
        'notifications/resources/updated',
      ]);
      expect(stream.last!['params']).toMatchObject({ uri: WATCHED });
      expect(idsOf(stream)).toHaveLength(1);
      ids.add(idsOf(stream)[0]);
    }
    expect(ids.size).toBe(2 * STREAMS_PER_REPLICA);

    for (const stream of streams) stream.close();
    await waitFor(() => servers.every((server) => streamsOf(server) === 0));
    await waitFor(async () => (await Promise.all(servers.map(connectionsOf))).every((count) => count === 0));
    const after = await Promise.all(
      servers.map(async (server) => [streamsOf(server), listenersOf(server), await connectionsOf(server)]),
    );
    expect(after).toEqual(before);
  });

  it('are each answered with a complete result when the servers close', async () => {
    await openAll();
    await replicas.closeServers();
    await waitFor(() => streams.every(({ isComplete }) => isComplete));
    for (const { messages } of streams) {
      expect(messages).toHaveLength(2);
      const [acknowledged, result] = messages;
      const id = (acknowledged!['params'] as { _meta: Record<string, unknown> })._meta[SUBSCRIPTION];
      expect(result).toMatchObject({
        jsonrpc: '2.0',
        id,
        result: { resultType: 'complete', _meta: { [SUBSCRIPTION]: id } },
      });
    }
    expect(servers.map(streamsOf)).toEqual([0, 0]);
    expect(servers.map(listenersOf)).toEqual([0, 0]);
  });
});
