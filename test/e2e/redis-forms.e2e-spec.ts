import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { RedisConnection } from '../../src/storage/redis.connection.js';
import { PromptRegistry } from '../../src/tools/prompts/prompt.registry.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { LegacySession } from '../helpers/legacy-session.js';
import { legacy, modern } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import {
  type RedisDeployment,
  startClusterRedis,
  type SentinelRedisDeployment,
  startSentinelRedis,
  startTlsClusterRedis,
  startTlsRedis,
  startTlsSentinelRedis,
  type TlsRedisDeployment,
} from '../helpers/redis-deployments.js';
import type { RedisProcess } from '../helpers/redis-process.js';
import { withoutTimeouts } from '../helpers/simulated-clock.js';
import { waitFor } from '../helpers/wait-for.js';

const LIMIT = 40;
/** For so long a server has to have been connected before it believes that an id is free. */
const STEADY_MS = 1000;
const INITIALIZE = legacy('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1.0.0' },
});

let addresses = 0;
/** An address that has asked nothing yet. */
const nextAddress = (): string => {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
};

const changePrompts = ({ app }: TestServer): void => {
  const prompts = app.get(PromptRegistry);
  prompts.register({ options: { name: 'late' }, render: () => Promise.resolve('late') });
  prompts.unregister('late');
};
const statusOf = async (response: Promise<Response>): Promise<number> => {
  const { status, arrayBuffer } = await response.then((answer) => ({
    status: answer.status,
    arrayBuffer: answer.arrayBuffer(),
  }));
  await arrayBuffer;
  return status;
};

/** Whether the server has Redis now: without a store there is no session. */
async function isShared(server: TestServer, address: string): Promise<boolean> {
  const handshake = await server.mcp(INITIALIZE, { 'x-forwarded-for': address });
  await handshake.arrayBuffer();
  return handshake.headers.has('mcp-session-id');
}

/** Two servers over one deployment of Redis, and what has to work whatever its form. */
function serveOver(start: () => Promise<RedisDeployment>): { readonly servers: () => readonly TestServer[] } {
  let deployment: RedisDeployment;
  let servers: readonly TestServer[] = [];

  beforeAll(async () => {
    deployment = await start();
    const env = { REDIS_URL: deployment.url, RATE_LIMIT_MAX_REQUESTS: String(LIMIT) };
    servers = [
      await startServer({ env: { ...env, TRUST_PROXY: '1' } }),
      await startServer({ env: { ...env, TRUST_PROXY: '1' } }),
    ];
    for (const server of servers) await waitFor(() => isShared(server, nextAddress()));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await deployment.remove();
  });

  it('counts for both servers together, exactly', async () => {
    const [a, b] = servers;
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']) {
      const ask = (server: TestServer): Promise<number> =>
        statusOf(server.mcp(legacy('ping'), { 'x-forwarded-for': address }));
      // A server that Redis keeps waiting counts for itself until Redis has answered.
      await waitFor(() => servers.every(({ app }) => !app.get(RedisConnection).isLost));
      const statuses = await withoutTimeouts(() =>
        Promise.all(Array.from({ length: LIMIT + 10 }, (_, n) => ask(n % 2 ? a! : b!))),
      );
      expect(statuses.filter((status) => status === 200)).toHaveLength(LIMIT);
      expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    }
  });

  it('lets one server run a call that a proxy sends to both, and no other', async () => {
    const [a, b] = servers;
    const isSteady = ({ app }: TestServer): boolean =>
      !app.get(RedisConnection).isLost && app.get(RedisConnection).connectedForMs > STEADY_MS;
    await waitFor(() => servers.every(isSteady));
    const send = (server: TestServer, id: string, tried = {}): Promise<number> =>
      statusOf(server.mcp(legacy('ping'), { 'x-forwarded-for': nextAddress(), 'x-mcpo-call': id, ...tried }));
    // Of a cluster each id may be on another node.
    for (let call = 0; call < 10; call += 1) {
      const [begun, free] = [`a${call}`, `b${call}`].map((id) => id.padEnd(32, '0'));
      const tried = { 'x-mcpo-tried': '0.001' };
      await withoutTimeouts(async () => {
        expect(await send(a!, begun!)).toBe(200);
        expect(await send(b!, begun!, tried)).toBe(502);
        expect(await send(b!, free!, tried)).toBe(200);
      });
    }
  });

  it('carries a session from one server to the other', async () => {
    const [a, b] = servers;
    const session = await LegacySession.begin(a!);
    expect(await statusOf(b!.mcp(legacy('ping'), session.headers))).toBe(200);
    expect(await statusOf(b!.mcp(legacy('ping'), { 'mcp-session-id': 'of-nobody' }))).toBe(404);
  });

  it('carries news from one server to the streams of the other', async () => {
    const [a, b] = servers;
    const request = modern(
      'subscriptions/listen',
      { notifications: { promptsListChanged: true } },
      { id: 'sub' },
    );
    const stream = await EventStream.open(b!.url, request);
    await waitFor(() => {
      changePrompts(a!);
      return stream.methods().includes('notifications/prompts/list_changed');
    });
    expect(stream.methods()).toContain('notifications/prompts/list_changed');
    stream.close();
  });

  return { servers: () => servers };
}

/** What NODE_EXTRA_CA_CERTS does for a process that starts. */
function serveOverTls(start: () => Promise<TlsRedisDeployment>): void {
  const usual = getCACertificates('default');
  afterAll(() => setDefaultCACertificates(usual));
  serveOver(async () => {
    const redis = await start();
    setDefaultCACertificates([...usual, redis.ca]);
    return redis;
  });
}

describeWithParts('REDIS_URL=rediss://', ['redis-server', 'openssl'], () => {
  serveOverTls(startTlsRedis);
});

describe.each([
  ['dies', (master: RedisProcess) => master.kill()],
  ['hangs', (master: RedisProcess) => Promise.resolve(master.pause())],
])('When a master', (what, befall) => {
  describeWithParts(`of REDIS_URL=redis+sentinel:// ${what}`, ['redis-server', 'redis-cli'], () => {
    let deployment: SentinelRedisDeployment;
    const { servers } = serveOver(async () => (deployment = await startSentinelRedis()));

    it('goes on with the new one, and no request fails', async () => {
      await befall(deployment.master);
      const statuses = new Set<number>();
      const goesOn = async (server: TestServer): Promise<boolean> => {
        const address = nextAddress();
        statuses.add(await statusOf(server.mcp(legacy('ping'), { 'x-forwarded-for': address })));
        return isShared(server, address);
      };
      const all = servers().map((server) => waitFor(() => goesOn(server)));
      await Promise.all([deployment.failOver(), ...all]);
      for (const server of servers()) await waitFor(() => goesOn(server));
      expect([...statuses]).toEqual([200]);
      const [a, b] = servers();
      const session = await LegacySession.begin(a!);
      expect(await statusOf(b!.mcp(legacy('ping'), session.headers))).toBe(200);
    });
  });
});

describeWithParts('REDIS_URL=redis+cluster://', ['redis-server', 'redis-cli'], () => {
  serveOver(startClusterRedis);
});

describeWithParts('REDIS_URL=rediss+cluster://', ['redis-server', 'redis-cli', 'openssl'], () => {
  serveOverTls(startTlsClusterRedis);
});

describeWithParts('REDIS_URL=rediss+sentinel://', ['redis-server', 'redis-cli', 'openssl'], () => {
  serveOverTls(startTlsSentinelRedis);
});
