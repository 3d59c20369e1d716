import { shareOf } from '../../core/bounds/bounded-store.js';
import type { EntryScript, RedisBoundedStore, RedisConnection } from '../../storage/redis.connection.js';
import { orUnavailable } from '../../storage/storage-failure.js';
import { type IdempotencyStore, KEPT, KEPT_MS } from './idempotency.store.port.js';

const BEGIN = `
if redis.call('EXISTS', entry) == 1 then return 0 end
local bytes = tonumber(ARGV[6])
local problem = makeRoom(bytes)
if problem ~= 0 then return problem end
redis.call('SET', entry, ARGV[7])
settle(bytes, true)
return 1
`;

const FINISH = `
local bytes = tonumber(ARGV[6])
local problem = makeRoom(bytes)
if problem ~= 0 then return problem end
redis.call('SET', entry, ARGV[7])
settle(bytes, false)
return 1
`;

/** The keys of all replicas. */
export class RedisIdempotencyStore implements IdempotencyStore {
  private readonly kept: RedisBoundedStore;
  private readonly beginEntry: EntryScript;
  private readonly finishEntry: EntryScript;

  constructor(
    private readonly redis: RedisConnection,
    total = KEPT,
  ) {
    this.kept = redis.boundedStore({
      kind: 'idem',
      what: 'calls with an Idempotency-Key',
      ttlMs: KEPT_MS,
      perOwner: shareOf(total),
    });
    this.beginEntry = this.kept.script('Begin', BEGIN);
    this.finishEntry = this.kept.script('Finish', FINISH);
  }

  /** @throws AppError `storage_unavailable`, for what cannot be remembered must not be begun. */
  async begin(owner: string, id: string, text: string): Promise<string | undefined> {
    const key = this.kept.keyOf(owner, id);
    const begun = await orUnavailable(this.beginEntry(owner, id, KEPT_MS, this.kept.bytesOf(text), text));
    if (begun > 0) return undefined;
    // What has gone in between was not carried out, or its hour is over.
    return (await orUnavailable(this.redis.client.get(key))) ?? this.begin(owner, id, text);
  }

  async finish(owner: string, id: string, text: string): Promise<void> {
    await this.finishEntry(owner, id, KEPT_MS, this.kept.bytesOf(text), text);
  }

  async forget(owner: string, id: string): Promise<void> {
    await this.kept.forget(owner, id);
  }
}
