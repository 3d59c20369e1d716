import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../config/configuration.js';
import { RedisBoundedStore, type RedisBoundedStoreOptions } from './redis.bounded-store.js';
import { connectTo, type Purpose, type RedisClient } from './redis.client.js';

export type { EntryScript, RedisBoundedStore } from './redis.bounded-store.js';
export type { RedisClient } from './redis.client.js';

/** Every key and channel of the product begins with this. */
export const KEY_PREFIX = 'mcpo:';

/** Between two questions whether Redis is back. */
const PROBE_INTERVAL_MS = 250;

/** The connections to Redis, when REDIS_URL is set, and whether it answers. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  private readonly connections: RedisClient[] = [];
  private shared: RedisClient | undefined;
  private readonly listeners: (() => void)[] = [];
  private isAway = false;
  private isClosed = false;
  /** When the connection for commands, or to one of the nodes of a cluster, was last made. */
  private connectedAt = Infinity;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @InjectPinoLogger(RedisConnection.name) private readonly logger: PinoLogger,
  ) {}

  /** Whether Redis does not answer, as far as is known. */
  get isLost(): boolean {
    return this.isAway;
  }

  /** Calls the listener whenever Redis goes away or comes back. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  get isConfigured(): boolean {
    return this.config.storage.redis !== undefined;
  }

  /** The connection for commands. */
  get client(): RedisClient {
    if (this.shared === undefined) {
      this.shared = this.connect('commands');
      const note = (): void => void (this.connectedAt = performance.now());
      this.shared.on('ready', note);
      this.shared.on('+node', (node: RedisClient) => node.on('ready', note));
    }
    return this.shared;
  }

  /** For how long the connection has stood: a Redis that was started anew in between would have broken it. */
  get connectedForMs(): number {
    return performance.now() - this.connectedAt;
  }

  /** What is kept for principals, bounded for each of them. */
  boundedStore(options: RedisBoundedStoreOptions): RedisBoundedStore {
    return new RedisBoundedStore(this.client, KEY_PREFIX, options);
  }

  /** Another connection, for subscriptions. */
  subscriber(): RedisClient {
    return this.connect('subscriptions');
  }

  /**
   * To be called by whoever has asked in vain: a Redis that is stopped closes no connection. It counts as away until
   * the probe, a command like the one that failed, has been answered; meanwhile nobody else need wait for it.
   */
  lost(error: unknown, probe: () => Promise<unknown> = () => this.client.ping()): void {
    if (this.isAway || this.isClosed) return;
    this.isAway = true;
    this.logger.error({ err: error }, 'Redis is away');
    for (const listener of this.listeners) listener();
    void this.find(probe);
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    for (const connection of this.connections) connection.disconnect();
  }

  private connect(purpose: Purpose): RedisClient {
    const { redis } = this.config.storage;
    if (redis === undefined) throw new Error('REDIS_URL is not set');
    const connection = connectTo(redis, purpose);
    connection.on('error', (error: Error) => this.lost(error));
    this.connections.push(connection);
    return connection;
  }

  private async find(probe: () => Promise<unknown>): Promise<void> {
    while (!this.isClosed && !(await answers(probe))) {
      await sleep(PROBE_INTERVAL_MS, undefined, { ref: false });
    }
    if (this.isClosed) return;
    this.isAway = false;
    this.logger.info('Redis is back');
    for (const listener of this.listeners) listener();
  }
}

const answers = (probe: () => Promise<unknown>): Promise<boolean> =>
  probe().then(
    () => true,
    () => false,
  );
