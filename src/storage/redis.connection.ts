import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../config/configuration.js';

/** Every key and channel of the product begins with this. */
export const KEY_PREFIX = 'mcpo:';

/** A command that takes longer counts as failed; ioredis would wait for ever. */
const COMMAND_TIMEOUT_MS = 500;
const MAX_RECONNECT_DELAY_MS = 2000;

/** The connections to Redis, when REDIS_URL is set. It connects in the background and reconnects for ever. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  private readonly connections: Redis[] = [];
  private shared: Redis | undefined;
  private readonly listeners: (() => void)[] = [];
  private isAway = false;

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
    return this.config.storage.redisUrl !== undefined;
  }

  /** The connection for commands. */
  get client(): Redis {
    this.shared ??= this.connect({ commandTimeout: COMMAND_TIMEOUT_MS });
    return this.shared;
  }

  /** Another connection, for subscriptions. */
  subscriber(): Redis {
    // A subscription waits for Redis, however long it is away.
    return this.connect({ maxRetriesPerRequest: null });
  }

  onApplicationShutdown(): void {
    for (const connection of this.connections) connection.disconnect();
  }

  private connect(options: RedisOptions): Redis {
    const { redisUrl } = this.config.storage;
    if (redisUrl === undefined) throw new Error('REDIS_URL is not set');
    const connection = new Redis(redisUrl, {
      maxRetriesPerRequest: 1,
      ...options,
      enableOfflineQueue: true,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
    });
    connection.on('error', (error: Error) => this.lost(error));
    connection.on('ready', () => this.found());
    this.connections.push(connection);
    return connection;
  }

  // Once per absence, not once per attempt.
  private lost(error: Error): void {
    if (this.isAway) return;
    this.isAway = true;
    for (const listener of this.listeners) listener();
    this.logger.error({ err: error }, 'Redis is away');
  }

  private found(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.logger.info('Redis is back');
    for (const listener of this.listeners) listener();
  }
}
