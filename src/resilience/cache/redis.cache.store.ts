import type { Clock } from '../../core/clock.js';
import { KEY_PREFIX, type RedisConnection } from '../../storage/redis.connection.js';
import type { CacheStore } from './cache.store.port.js';

/**
 * A group is a hash, so that it goes away with one command. Its fields carry their own end, and the hash lives as long
 * as the longest of them.
 */
export class RedisCacheStore implements CacheStore {
  constructor(
    private readonly redis: RedisConnection,
    private readonly clock: Clock,
  ) {}

  async get(group: string, key: string): Promise<string | undefined> {
    const stored = await this.redis.client.hget(hashOf(group), key);
    if (stored === null) return undefined;
    const end = stored.indexOf(' ');
    return Number(stored.slice(0, end)) > this.clock.now() ? stored.slice(end + 1) : undefined;
  }

  async set(group: string, key: string, value: string, ttlMs: number): Promise<void> {
    const hash = hashOf(group);
    const stored = `${this.clock.now() + ttlMs} ${value}`;
    // NX gives a new hash its end, GT only ever moves it further away (Redis 7).
    await this.redis.client
      .multi()
      .hset(hash, key, stored)
      .pexpire(hash, ttlMs, 'NX')
      .pexpire(hash, ttlMs, 'GT')
      .exec();
  }

  async delete(group: string, key?: string): Promise<void> {
    if (key === undefined) await this.redis.client.del(hashOf(group));
    else await this.redis.client.hdel(hashOf(group), key);
  }
}

const hashOf = (group: string): string => `${KEY_PREFIX}cache:${group}`;
