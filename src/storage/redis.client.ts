import { Cluster, type ClusterOptions, type Command, Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from '../config/values/redis-url.js';

/** A connection to Redis, of whichever kind: the commands are the same. */
export type RedisClient = Redis | Cluster;

/** What a connection is for. A subscription waits for Redis, however long it is away; a command does not. */
export type Purpose = 'commands' | 'subscriptions';

/** A command that takes longer counts as failed; ioredis would wait for ever. */
const COMMAND_TIMEOUT_MS = 500;
/** A connection on which nothing comes back for so long is given up, or its end would be noticed after minutes. */
const SOCKET_TIMEOUT_MS = 5000;
const CONNECT_TIMEOUT_MS = 5000;
/** A host that is gone is noticed after this and ten seconds more, on connections that only listen too. */
const KEEP_ALIVE_MS = 10_000;
const MAX_RECONNECT_DELAY_MS = 2000;
/** Of a cluster: 100 ms each. */
const MAX_REDIRECTIONS = 5;

const reconnectDelay = (attempt: number): number =>
  Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS);

/** Connects in the background, and reconnects for ever. */
export function connectTo(target: RedisTarget, purpose: Purpose): RedisClient {
  const options: RedisOptions = { ...credentialsOf(target), ...optionsFor(purpose) };
  const retries = { enableOfflineQueue: true, retryStrategy: reconnectDelay };
  switch (target.kind) {
    case 'single':
      return new Redis({ ...options, ...retries, ...target.nodes[0], db: target.db });
    case 'sentinel':
      return new Redis({
        ...options,
        ...retries,
        db: target.db,
        sentinels: [...target.nodes],
        name: target.masterName ?? '',
        sentinelRetryStrategy: reconnectDelay,
        // Without ioredis' failoverDetector: news of a new master that reach it while it is looking for one end the
        // connection for good. Nor are they needed: sentinels close the connections to an old master, and one that is
        // silent is given up.
        ...(target.sentinelPassword !== undefined && { sentinelPassword: target.sentinelPassword }),
        ...(target.isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
      });
    case 'cluster':
      return new (purpose === 'commands' ? ImpatientCluster : Cluster)([...target.nodes], {
        redisOptions: options,
        clusterRetryStrategy: reconnectDelay,
        clusterNodeRetryStrategy: reconnectDelay,
        maxRedirections: MAX_REDIRECTIONS,
        // A certificate has names, and seldom addresses.
        ...(target.isTls && { dnsLookup: keepName }),
      });
    default:
      return target.kind satisfies never;
  }
}

const keepName: NonNullable<ClusterOptions['dnsLookup']> = (name, done) => done(null, name);

/** The time of a command runs from the beginning; ioredis begins when a node has been found. */
class ImpatientCluster extends Cluster {
  override sendCommand(command: Command, ...rest: never[]): unknown {
    command.setTimeout(COMMAND_TIMEOUT_MS);
    return super.sendCommand(command, ...rest);
  }
}

function credentialsOf({ username, password, isTls }: RedisTarget): RedisOptions {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isTls && { tls: {} }),
  };
}

function optionsFor(purpose: Purpose): RedisOptions {
  const shared: RedisOptions = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // A master that has become a replica: look for the new one, and repeat the command there.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  };
  return purpose === 'commands'
    ? {
        ...shared,
        maxRetriesPerRequest: 1,
        commandTimeout: COMMAND_TIMEOUT_MS,
        socketTimeout: SOCKET_TIMEOUT_MS,
      }
    : { ...shared, maxRetriesPerRequest: null };
}
