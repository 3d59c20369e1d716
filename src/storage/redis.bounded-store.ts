import { hash } from 'node:crypto';
import { type Bounds, ENTRY_BYTES, storageFull } from '../core/bounds/bounded-store.js';
import type { RedisClient } from './redis.client.js';

/**
 * The rule of `BoundedStore`, for one owner. There are three keys beside the entry: `index`, the ids of all entries by
 * their end in milliseconds; `sizes`, a hash with the bytes of each, and of all under ''; `open`, the ids of what is
 * under way. An entry that is used lives longer than the index knows: that is put right when its turn comes.
 */
const RULE = `
local entry, index, sizes, open = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, left, life = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local maxEntries, maxBytes = tonumber(ARGV[4]), tonumber(ARGV[5])
local prefix = string.sub(entry, 1, -1 - #id)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local TOO_MANY, TOO_LARGE = -1, -2

local function sizeOf(other)
  return tonumber(redis.call('HGET', sizes, other) or 0)
end

-- In milliseconds since the epoch; negative for what is gone.
local function endOf(other)
  return redis.call('PEXPIRETIME', prefix .. other)
end

local function forget(other)
  redis.call('DEL', prefix .. other)
  redis.call('HINCRBY', sizes, '', 0 - sizeOf(other))
  redis.call('HDEL', sizes, other)
  redis.call('ZREM', index, other)
  redis.call('SREM', open, other)
end

-- What ends later than the index says stays, and the index learns of it.
local function forgetUnlessLater(other, than)
  local ends = endOf(other)
  if ends > than then redis.call('ZADD', index, ends, other) else forget(other) end
end

local function sweep()
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now)) do forgetUnlessLater(other, now) end
end

-- 0 when an entry of so many bytes fits, after others have made room where they may; otherwise why it does not.
local function makeRoom(bytes)
  -- What is denied to a Redis that is full is denied here, before anything has changed.
  redis.call('HINCRBY', sizes, '', 0)
  redis.call('PEXPIRE', sizes, life)
  sweep()
  if redis.call('ZCARD', index) == 0 then redis.call('HSET', sizes, '', 0) end
  if bytes > maxBytes then return TOO_LARGE end
  local former = sizeOf(id)
  local mine = redis.call('ZSCORE', index, id) and 1 or 0
  local held = redis.call('SCARD', open) - redis.call('SISMEMBER', open, id)
  if held + 1 > maxEntries then return TOO_MANY end
  local skipped = 0
  while true do
    local problem = 0
    if redis.call('ZCARD', index) - mine + 1 > maxEntries then problem = TOO_MANY
    elseif sizeOf('') - former + bytes > maxBytes then problem = TOO_LARGE end
    if problem == 0 then return 0 end
    local oldest = redis.call('ZRANGE', index, skipped, skipped, 'WITHSCORES')
    if not oldest[1] then return problem end
    if oldest[1] == id or redis.call('SISMEMBER', open, oldest[1]) == 1 then skipped = skipped + 1
    else forgetUnlessLater(oldest[1], tonumber(oldest[2])) end
  end
end

-- Notes what the entry takes since it was written.
local function settle(bytes, isOpen)
  redis.call('HINCRBY', sizes, '', bytes - sizeOf(id))
  redis.call('HSET', sizes, id, bytes)
  redis.call('PEXPIRE', entry, left)
  redis.call('ZADD', index, endOf(id), id)
  redis.call(isOpen and 'SADD' or 'SREM', open, id)
  for _, key in ipairs({ index, sizes, open }) do redis.call('PEXPIRE', key, life) end
end
`;

const FORGET = `
local existed = redis.call('EXISTS', entry)
forget(id)
return existed
`;

const TOO_MANY = -1;
const TOO_LARGE = -2;

export interface RedisBoundedStoreOptions {
  /** The first part of the keys. */
  readonly kind: string;
  /** What is kept, in the plural: it stands in the refusal. */
  readonly what: string;
  /** Milliseconds for which an entry is kept, at the most. */
  readonly ttlMs: number;
  /** Of each owner. Of all together Redis's `maxmemory` is the bound, with `maxmemory-policy noeviction`. */
  readonly perOwner: Bounds;
}

/**
 * A script over one entry. It is given `makeRoom(bytes)` and `settle(bytes, isOpen)`, and its own arguments from
 * ARGV[6].
 *
 * @throws AppError `storage_full` when it returns what `makeRoom` has refused with.
 */
export type EntryScript = (
  owner: string,
  id: string,
  leftMs: number,
  ...args: (string | number)[]
) => Promise<number>;

type Command = (...args: (string | number)[]) => Promise<number>;

/**
 * What is kept for principals in Redis, bounded for each of them, whichever replica writes. The owner is a part of each
 * key, as the hash tag of a cluster: all that is an owner's is on one node, and can be counted in one script.
 */
export class RedisBoundedStore {
  private readonly forgetEntry: EntryScript;

  /** @param prefix of all keys of the product */
  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly options: RedisBoundedStoreOptions,
  ) {
    this.forgetEntry = this.script('Forget', FORGET);
  }

  /** The key of an entry. */
  keyOf(owner: string, id: string): string {
    return `${this.keyFor(owner, '')}:${id}`;
  }

  script(name: string, lua: string): EntryScript {
    const { kind, what, ttlMs, perOwner } = this.options;
    const command = `mcpo${kind}${name}`;
    this.redis.defineCommand(command, { numberOfKeys: 4, lua: RULE + lua });
    const run = (this.redis as unknown as Record<string, Command>)[command]!.bind(this.redis);
    return async (owner, id, leftMs, ...args) => {
      const keys = [this.keyOf(owner, id), ...this.accountOf(owner)];
      const done = await run(...keys, id, leftMs, ttlMs, perOwner.entries, perOwner.bytes, ...args);
      if (done !== TOO_MANY && done !== TOO_LARGE) return done;
      const bound = done === TOO_MANY ? 'entries' : 'bytes';
      throw storageFull(what, { whose: 'caller', bound, limit: perOwner[bound] });
    };
  }

  /** What Redis takes for an entry of these texts, in bytes. */
  bytesOf(...texts: readonly string[]): number {
    return texts.reduce((sum, text) => sum + Buffer.byteLength(text), ENTRY_BYTES);
  }

  /** It has been used: its time begins anew. */
  async touch(owner: string, id: string): Promise<void> {
    const keys = [this.keyOf(owner, id), ...this.accountOf(owner)];
    await Promise.all(keys.map((key) => this.redis.pexpire(key, this.options.ttlMs)));
  }

  /** Whether there was such an entry. */
  async forget(owner: string, id: string): Promise<boolean> {
    return (await this.forgetEntry(owner, id, 0)) > 0;
  }

  private accountOf(owner: string): string[] {
    return ['-index', '-sizes', '-open'].map((part) => this.keyFor(owner, part));
  }

  private keyFor(owner: string, part: string): string {
    return `${this.prefix}${this.options.kind}${part}:{${hash('sha256', owner, 'hex').slice(0, 16)}}`;
  }
}
