import type { PinoLogger } from 'nestjs-pino';
import type { StoreFailurePolicy } from '../../config/environment.js';
import { AppError } from '../../core/errors.js';
import type { RedisClient, RedisConnection } from '../../storage/redis.connection.js';
import type { MemoryWindowStore } from './memory-window.store.js';
import { type WindowRecord, windowRecord, WindowStore } from './window.store.js';

/**
 * One window: its hits, and how long it lasts yet, by the clock of Redis. It expires with its end, so that nothing
 * stays; one that would last longer than a window does (the configured length has changed) ends earlier.
 */
const COUNT = `
local hits = redis.call('INCRBY', KEYS[1], ARGV[2])
local left = redis.call('PTTL', KEYS[1])
local window = tonumber(ARGV[1])
if left < 0 or left > window then
  redis.call('PEXPIRE', KEYS[1], window)
  left = window
end
return {hits, left}
`;

type Counting = RedisClient & {
  mcpoCountHits(key: string, windowMs: number, weight: number): Promise<[hits: number, leftMs: number]>;
};

export interface RedisWindowOptions {
  readonly prefix: string;
  readonly onFailure: StoreFailurePolicy;
  /** Called for every hit that Redis did not count. */
  readonly onFallback: () => void;
}

/**
 * Fixed windows in Redis, which all replicas share, in one round trip each. While Redis is away, the windows of this
 * replica go on from what Redis counted last, or nothing is let through.
 */
export class RedisWindowStore extends WindowStore {
  private readonly client: Counting;

  constructor(
    private readonly redis: RedisConnection,
    private readonly local: MemoryWindowStore,
    logger: PinoLogger,
    private readonly options: RedisWindowOptions,
  ) {
    super();
    redis.client.defineCommand('mcpoCountHits', { numberOfKeys: 1, lua: COUNT });
    this.client = redis.client as Counting;
    logger.setContext(RedisWindowStore.name);
    redis.onChange(() => {
      if (redis.isLost) logger.warn({ policy: options.onFailure }, 'Rate limits are not shared any more');
      else logger.info('Rate limits are shared again');
    });
  }

  /** @throws AppError `storage_unavailable` when Redis is away and RATE_LIMIT_ON_STORE_FAILURE=deny. */
  async hit(key: string, windowMs: number, limit: number, weight = 1): Promise<WindowRecord> {
    // Nobody waits for a Redis that is known not to answer.
    if (this.redis.isLost) return this.fallBack(key, windowMs, limit, weight);
    try {
      const [hits, leftMs] = await this.count(key, windowMs, weight);
      this.local.adopt(key, hits, leftMs);
      return windowRecord(hits, leftMs, limit);
    } catch (error) {
      // A hit without weight asks whether this very window can be counted again: a ping would not tell.
      this.redis.lost(error, () => this.count(key, windowMs, 0));
      return this.fallBack(key, windowMs, limit, weight);
    }
  }

  private count(key: string, windowMs: number, weight: number): Promise<[hits: number, leftMs: number]> {
    return this.client.mcpoCountHits(`${this.options.prefix}limit:${key}`, windowMs, weight);
  }

  private fallBack(key: string, windowMs: number, limit: number, weight: number): WindowRecord {
    this.options.onFallback();
    if (this.options.onFailure === 'local') return this.local.hit(key, windowMs, limit, weight);
    throw new AppError('storage_unavailable', {
      detail: 'Requests cannot be counted now, and are not let through uncounted',
      retryAfterMs: 1000,
    });
  }
}
