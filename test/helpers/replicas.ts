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

export async function startReplicas(
  options: { env?: Record<string, string>; modules?: (Type | DynamicModule)[]; redis?: RedisProcess } = {},
): Promise<Replicas> {
  const { env = {}, modules = [] } = options;
  const redis = options.redis ?? (await RedisProcess.create());
  const start = (): Promise<TestServer> => startServer({ env: { REDIS_URL: redis.url, ...env }, modules });
  const a = await start();
  const b = await start();
  await waitFor(() => hearEachOther(a));
  let closed: Promise<unknown> | undefined;
  const closeServers = async (): Promise<void> => {
    closed ??= Promise.all([a.close(), b.close()]);
    await closed;
  };
  return {
    redis,
    a,
    b,
    closeServers,
    close: async () => {
      await closeServers();
      await redis.remove();
    },
  };
}

/** Subscriptions are made in the background: whether both replicas have all of theirs. */
async function hearEachOther({ app }: TestServer): Promise<boolean> {
  const { client } = app.get(RedisConnection);
  const channels = (await client.pubsub('CHANNELS', `${KEY_PREFIX}*`)) as string[];
  const counts = await client.pubsub('NUMSUB', ...channels);
  return channels.length > 0 && counts.filter((_, index) => index % 2 === 1).every((count) => count === 2);
}
