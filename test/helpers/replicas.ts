import type { DynamicModule, Type } from '@nestjs/common';
import { KEY_PREFIX, RedisConnection } from '../../src/storage/redis.connection.js';
import { startServer, type TestServer } from './app.js';
import { RedisProcess } from './redis-process.js';
import { waitFor } from './wait-for.js';

/** Two servers over one Redis: what nginx or Kubernetes would put behind one address. */
export interface Replicas {
  readonly redis: RedisProcess;
  readonly a: TestServer;
  readonly b: TestServer;
  /** Ends both servers, once. */
  closeServers(): Promise<void>;
  close(): Promise<void>;
}

/** Well within what Jest gives a hook (jest.config.mjs), so that there is time to end what has come up. */
const START_LIMIT_MS = 200_000;

/** Whatever has come up is ended again when the rest does not. */
export async function startReplicas(
  options: { env?: Record<string, string>; modules?: (Type | DynamicModule)[]; redis?: RedisProcess } = {},
): Promise<Replicas> {
  const { env = {}, modules = [] } = options;
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const redis = options.redis ?? (await RedisProcess.create());
  const servers: TestServer[] = [];
  const start = async (): Promise<TestServer> => {
    const server = await startServer({ env: { REDIS_URL: redis.url, ...env }, modules });
    servers.push(server);
    return server;
  };
  let closed: Promise<unknown> | undefined;
  const closeServers = async (): Promise<void> => {
    closed ??= Promise.all(servers.map((server) => server.close()));
    await closed;
  };
  const close = async (): Promise<void> => {
    await closeServers();
    await redis.remove();
  };
  try {
    const a = await start();
    const b = await start();
    await waitFor(() => {
      if (limit.aborted) throw new Error('The replicas do not hear each other');
      // Redis may be late with its answer.
      return hearEachOther(a).catch(() => false);
    });
    return { redis, a, b, closeServers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Subscriptions are made in the background: whether both replicas have all of theirs. */
async function hearEachOther({ app }: TestServer): Promise<boolean> {
  const { client } = app.get(RedisConnection);
  const channels = (await client.pubsub('CHANNELS', `${KEY_PREFIX}*`)) as string[];
  const counts = await client.pubsub('NUMSUB', ...channels);
  return channels.length > 0 && counts.filter((_, index) => index % 2 === 1).every((count) => count === 2);
}
