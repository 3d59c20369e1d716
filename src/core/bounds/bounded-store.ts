import type { SteadyClock } from '../clock.js';
import { AppError } from '../errors.js';
import { type Place, Queue } from './queue.js';

/** How much is kept, or may be. */
export interface Bounds {
  readonly entries: number;
  readonly bytes: number;
}

/** What one principal may have of the whole. */
export const OWNER_SHARE = 1 / 4;

/** Bytes that an entry takes beside what is in it: its keys, its places in the queues. */
export const ENTRY_BYTES = 512;

/** After so long, at the latest, whoever was refused may try again: much is ended before its time. */
const MAX_RETRY_AFTER_MS = 60_000;
const MIN_RETRY_AFTER_MS = 1000;

export const shareOf = ({ entries, bytes }: Bounds, share = OWNER_SHARE): Bounds => ({
  entries: Math.ceil(entries * share),
  bytes: Math.ceil(bytes * share),
});

/** The most that the engine takes for a text, in bytes: two for each UTF-16 unit. */
export const bytesOf = (text: string): number => 2 * text.length;

/** Whose bound is reached, and which. */
export interface ReachedBound {
  readonly whose: 'caller' | 'all';
  readonly bound: keyof Bounds;
  readonly limit: number;
  readonly retryAfterMs?: number;
}

/** @param what is kept, in the plural */
export function storageFull(
  what: string,
  { whose, bound, limit, retryAfterMs = MIN_RETRY_AFTER_MS }: ReachedBound,
): AppError {
  const most = bound === 'bytes' ? `${limit} bytes` : String(limit);
  const detail =
    whose === 'caller'
      ? `One caller may keep ${most} of ${what} at most, and none of yours can make room`
      : `All callers together may keep ${most} of ${what} at most, and none of yours can make room`;
  return new AppError('storage_full', { detail, retryAfterMs });
}

export interface BoundedStoreOptions {
  /** What is kept, in the plural: it stands in the refusal. */
  readonly what: string;
  readonly total: Bounds;
  /** Of each owner; a quarter of the whole when left out. */
  readonly perOwner?: Bounds;
}

/** How an entry is kept. */
export interface Keeping {
  /** What the value takes; {@link ENTRY_BYTES} come on top. */
  readonly bytes: number;
  /** Milliseconds of the clock of the store. */
  readonly expires: number;
  /** It makes no room for others while this is so. */
  readonly isUnderWay?: boolean;
}

interface Tally {
  entries: number;
  bytes: number;
}

class Account<V> {
  readonly entries = new Map<string, Entry<V>>();
  readonly used: Tally = { entries: 0, bytes: 0 };
  readonly underWay: Tally = { entries: 0, bytes: 0 };
  /** What may make room, the one that was unused for longest first. */
  readonly idle = new Queue<Entry<V>>();

  constructor(readonly owner: string) {}
}

class Entry<V> {
  inAll: Place<Entry<V>>;
  /** None while it is under way. */
  inOwn: Place<Entry<V>> | undefined;

  constructor(
    readonly account: Account<V>,
    readonly id: string,
    public value: V,
    public bytes: number,
    public expires: number,
    byExpiry: Queue<Entry<V>>,
  ) {
    this.inAll = byExpiry.push(this);
  }
}

/**
 * What is kept for principals between their requests: bounded in number and bytes, in all and per principal.
 *
 * One rule: what a principal adds takes the place of what has expired, then of the principal's own, the one that was
 * unused for longest first, and never of anybody else's, nor of what is under way. Where that is not enough it is
 * refused. All work is in constant time, each entry's own end included.
 */
export class BoundedStore<V> {
  private readonly accounts = new Map<string, Account<V>>();
  private readonly tally: Tally = { entries: 0, bytes: 0 };
  /** In the order of their ends, as long as all of them are kept for the same time. */
  private readonly byExpiry = new Queue<Entry<V>>();
  private readonly perOwner: Bounds;

  constructor(
    private readonly clock: SteadyClock,
    private readonly options: BoundedStoreOptions,
  ) {
    this.perOwner = options.perOwner ?? shareOf(options.total);
  }

  /** What is kept, with what has expired and was not swept yet. */
  get used(): Bounds {
    return this.tally;
  }

  usedBy(owner: string): Bounds {
    return this.accounts.get(owner)?.used ?? { entries: 0, bytes: 0 };
  }

  *values(): Iterable<V> {
    for (const { entries } of this.accounts.values()) for (const { value } of entries.values()) yield value;
  }

  *valuesOf(owner: string): Iterable<V> {
    for (const { value } of this.accounts.get(owner)?.entries.values() ?? []) yield value;
  }

  get(owner: string, id: string): V | undefined {
    return this.find(owner, id)?.value;
  }

  /**
   * Keeps a value, in place of the one under the same id if there is one.
   *
   * @throws AppError `storage_full` when there is no room for it; nothing has changed then.
   */
  put(owner: string, id: string, value: V, { bytes, expires, isUnderWay = false }: Keeping): void {
    this.sweep();
    const account = this.accounts.get(owner) ?? new Account<V>(owner);
    const size = bytes + ENTRY_BYTES;
    const former = account.entries.get(id);
    this.demandRoom(account, former, size);
    if (former !== undefined) this.takeOut(former);
    while (!this.fits(account, size)) this.remove(account.idle.first!);
    const entry = former ?? new Entry(account, id, value, size, expires, this.byExpiry);
    if (entry.expires !== expires) this.prolong(entry, expires);
    entry.value = value;
    entry.bytes = size;
    entry.inOwn = isUnderWay ? undefined : account.idle.push(entry);
    this.count(entry, 1);
    account.entries.set(id, entry);
    this.accounts.set(owner, account);
  }

  /** It has been used: it ends at another time, and is the last of its owner's to make room. */
  touch(owner: string, id: string, expires: number): void {
    const entry = this.find(owner, id);
    if (entry === undefined) return;
    this.prolong(entry, expires);
    if (entry.inOwn === undefined) return;
    entry.inOwn.leave();
    entry.inOwn = entry.account.idle.push(entry);
  }

  /** Whether there was such an entry. */
  delete(owner: string, id: string): boolean {
    const entry = this.find(owner, id);
    if (entry !== undefined) this.remove(entry);
    return entry !== undefined;
  }

  private find(owner: string, id: string): Entry<V> | undefined {
    const entry = this.accounts.get(owner)?.entries.get(id);
    if (entry === undefined || entry.expires > this.clock.now()) return entry;
    this.remove(entry);
    return undefined;
  }

  private prolong(entry: Entry<V>, expires: number): void {
    entry.expires = expires;
    entry.inAll.leave();
    entry.inAll = this.byExpiry.push(entry);
  }

  private sweep(): void {
    const now = this.clock.now();
    let first = this.byExpiry.first;
    while (first !== undefined && first.expires <= now) {
      this.remove(first);
      first = this.byExpiry.first;
    }
  }

  /** @throws AppError `storage_full` when it would not fit though everything of the owner's made room that may. */
  private demandRoom(account: Account<V>, former: Entry<V> | undefined, size: number): void {
    const isHeld = former !== undefined && former.inOwn === undefined;
    const entries = account.underWay.entries - (isHeld ? 1 : 0) + 1;
    const bytes = account.underWay.bytes - (isHeld ? former.bytes : 0) + size;
    const { total } = this.options;
    const others = {
      entries: this.tally.entries - account.used.entries,
      bytes: this.tally.bytes - account.used.bytes,
    };
    if (entries > this.perOwner.entries) throw this.full('caller', 'entries');
    if (bytes > this.perOwner.bytes) throw this.full('caller', 'bytes');
    if (others.entries + entries > total.entries) throw this.full('all', 'entries');
    if (others.bytes + bytes > total.bytes) throw this.full('all', 'bytes');
  }

  private fits({ used }: Account<V>, size: number): boolean {
    const { perOwner, tally } = this;
    const { total } = this.options;
    return (
      used.entries < perOwner.entries &&
      used.bytes + size <= perOwner.bytes &&
      tally.entries < total.entries &&
      tally.bytes + size <= total.bytes
    );
  }

  private full(whose: 'caller' | 'all', bound: keyof Bounds): AppError {
    const limit = (whose === 'caller' ? this.perOwner : this.options.total)[bound];
    const soonest = whose === 'all' ? (this.byExpiry.first?.expires ?? 0) - this.clock.now() : 0;
    const retryAfterMs = Math.min(Math.max(soonest, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
    return storageFull(this.options.what, { whose, bound, limit, retryAfterMs });
  }

  private remove(entry: Entry<V>): void {
    const { account } = entry;
    this.takeOut(entry);
    entry.inAll.leave();
    account.entries.delete(entry.id);
    if (account.entries.size === 0) this.accounts.delete(account.owner);
  }

  private takeOut(entry: Entry<V>): void {
    this.count(entry, -1);
    entry.inOwn?.leave();
  }

  private count({ account, bytes, inOwn }: Entry<V>, by: 1 | -1): void {
    for (const tally of inOwn === undefined
      ? [this.tally, account.used, account.underWay]
      : [this.tally, account.used]) {
      tally.entries += by;
      tally.bytes += by * bytes;
    }
  }
}
