import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '../core/clock.js';

interface Window {
  hits: number;
  endsAt: number;
}

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** More windows than this are not kept: the oldest go first. 100,000 take about 20 MB. */
export const MAX_WINDOWS = 100_000;

/**
 * Fixed windows in memory, one per key. There are no timers: a window that has ended is replaced when its key comes
 * again, and swept when room is needed.
 */
export class MemoryWindowStore implements ThrottlerStorage {
  /** In the order in which the windows began, which is the order in which they end. */
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly clock: Clock,
    private readonly capacity = MAX_WINDOWS,
  ) {}

  get size(): number {
    return this.windows.size;
  }

  /** Counts `weight` hits. Times are given in milliseconds and answered in seconds, as @nestjs/throttler has it. */
  increment(
    key: string,
    ttl: number,
    limit: number,
    _blockDuration?: number,
    _throttlerName?: string,
    weight = 1,
  ): Promise<ThrottlerStorageRecord> {
    const now = this.clock.now();
    const window = this.windowOf(key, now, ttl);
    window.hits += weight;
    const secondsLeft = Math.max(1, Math.ceil((window.endsAt - now) / 1000));
    const isBlocked = window.hits > limit;
    return Promise.resolve({
      totalHits: window.hits,
      timeToExpire: secondsLeft,
      isBlocked,
      timeToBlockExpire: isBlocked ? secondsLeft : 0,
    });
  }

  private windowOf(key: string, now: number, ttl: number): Window {
    const known = this.windows.get(key);
    if (known !== undefined && known.endsAt > now) return known;
    // Deleted first, so that the new window goes to the end of the order.
    this.windows.delete(key);
    if (this.windows.size >= this.capacity) this.makeRoom(now);
    const window = { hits: 0, endsAt: now + ttl };
    this.windows.set(key, window);
    return window;
  }

  /** In batches: to find the first entry of a map that has lost many costs more than to keep going. */
  private makeRoom(now: number): void {
    const target = this.capacity - Math.ceil(this.capacity / 100);
    for (const [key, { endsAt }] of this.windows) {
      if (endsAt > now && this.windows.size <= target) return;
      this.windows.delete(key);
    }
  }
}
