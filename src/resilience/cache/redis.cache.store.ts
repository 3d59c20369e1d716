import type { Clock } from '../../core/clock.js';
import { KEY_PREFIX, type RedisClient, type RedisConnection } from '../../storage/redis.connection.js';
import type { CacheStore } from './cache.store.port.js';

/** Of `maxmemory`, in percent: from here on the rest is for what cannot be asked for again. */
export const MAX_MEMORY_PERCENT = 80;

/**
 * The key of a group holds its generation, which is a part of the keys of its entries: with another generation none of
 * them is found any more. It lives as long as the longest of them, and no generation comes twice.
 * An entry carries its own end, a time of the wall: all replicas read it.
 */
const GET = `
local generation = redis.call('GET', KEYS[1])
return generation and redis.call('GET', KEYS[1] .. ':' .. generation .. ':' .. ARGV[1])
`;

/** Does nothing where little memory is left, or where nobody may ask how much there is. */
const SET = `
local info = redis.pcall('INFO', 'memory')
if type(info) ~= 'string' then info = '' end
local used, max = tonumber(string.match(info, 'used_memory:(%d+)')), tonumber(string.match(info, 'maxmemory:(%d+)'))
if max and max > 0 and used * 100 >= max * tonumber(ARGV[4]) then return 0 end
local generation = redis.call('GET', KEYS[1])
if not generation then
  local time = redis.call('TIME')
  generation = time[1] .. '.' .. time[2]
  redis.call('SET', KEYS[1], generation)
end
local life = tonumber(ARGV[3])
if redis.call('PTTL', KEYS[1]) < life then redis.call('PEXPIRE', KEYS[1], life) end
redis.call('SET', KEYS[1] .. ':' .. generation .. ':' .. ARGV[1], ARGV[2], 'PX', life)
return 1
`;

const DELETE = `
local generation = redis.call('GET', KEYS[1])
return generation and redis.call('DEL', KEYS[1] .. ':' .. generation .. ':' .. ARGV[1])
`;

type Caching = RedisClient & {
  mcpoCacheGet(group: string, key: string): Promise<string | null>;
  mcpoCacheSet(group: string, key: string, stored: string, ttlMs: number, percent: number): Promise<number>;
  mcpoCacheDelete(group: string, key: string): Promise<unknown>;
};

/**
 * Answers that all replicas share. What is written stops before Redis is full: it is no place for anything else then.
 */
export class RedisCacheStore implements CacheStore {
  private readonly client: Caching;

  constructor(
    redis: RedisConnection,
    private readonly clock: Clock,
  ) {
    const { client } = redis;
    client.defineCommand('mcpoCacheGet', { numberOfKeys: 1, lua: GET });
    client.defineCommand('mcpoCacheSet', { numberOfKeys: 1, lua: SET });
    client.defineCommand('mcpoCacheDelete', { numberOfKeys: 1, lua: DELETE });
    this.client = client as Caching;
  }

  async get(group: string, key: string): Promise<string | undefined> {
    const stored = await this.client.mcpoCacheGet(keyOf(group), key);
    if (stored === null) return undefined;
    const end = stored.indexOf(' ');
    return Number(stored.slice(0, end)) > this.clock.now() ? stored.slice(end + 1) : undefined;
  }

  async set(group: string, key: string, value: string, ttlMs: number): Promise<void> {
    const stored = `${this.clock.now() + ttlMs} ${value}`;
    await this.client.mcpoCacheSet(keyOf(group), key, stored, ttlMs, MAX_MEMORY_PERCENT);
  }

  async delete(group: string, key?: string): Promise<void> {
    if (key === undefined) await this.client.del(keyOf(group));
    else await this.client.mcpoCacheDelete(keyOf(group), key);
  }
}

/** With the group as the hash tag of a cluster: its entries are on the node of its generation. */
const keyOf = (group: string): string => `${KEY_PREFIX}cache:{${group}}`;
