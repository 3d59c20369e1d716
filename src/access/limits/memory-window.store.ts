import type { SteadyClock } from '../../core/clock.js';
import { type WindowRecord, windowRecord, WindowStore } from './window.store.js';

interface Window {
  hits: number;
  endsAt: number;
}

/** More windows than this are not kept: the oldest go first. 100,000 take about 20 MB. */
export const MAX_WINDOWS = 100_000;

/**
 * Fixed windows in memory, one per key. There are no timers: a window that has ended is replaced when its key comes
 * again, and swept when room is needed.
 */
export class MemoryWindowStore extends WindowStore {
  /** In the order in which the windows began. */
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly clock: SteadyClock,
    private readonly capacity = MAX_WINDOWS,
  ) {
    super();
  }

  get size(): number {
    return this.windows.size;
  }

  hit(key: string, windowMs: number, limit: number, weight = 1): WindowRecord {
    const now = this.clock.now();
    let window = this.windows.get(key);
    if (window === undefined || window.endsAt <= now) window = this.begin(key, now, windowMs);
    window.hits += weight;
    return windowRecord(window.hits, window.endsAt - now, limit);
  }

  /** Takes over a window that was counted elsewhere, so as to go on from there. */
  adopt(key: string, hits: number, leftMs: number): void {
    const now = this.clock.now();
    let window = this.windows.get(key);
    if (window === undefined || window.endsAt <= now) window = this.begin(key, now, leftMs);
    window.hits = hits;
    window.endsAt = now + leftMs;
  }

  private begin(key: string, now: number, ttl: number): Window {
    // Deleted first, so that the new window goes to the end of the order.
    this.windows.delete(key);
    if (this.windows.size >= this.capacity) this.makeRoom(now);
    const window = { hits: 0, endsAt: now + ttl };
    this.windows.set(key, window);
    return window;
  }

  /**
   * Sweeps what has ended, and gives up the oldest where that is not enough. In batches: to find the first entry of a
   * map that has lost many costs more than to keep going.
   */
  private makeRoom(now: number): void {
    for (const [key, { endsAt }] of this.windows) if (endsAt <= now) this.windows.delete(key);
    const target = this.capacity - Math.ceil(this.capacity / 100);
    for (const key of this.windows.keys()) {
      if (this.windows.size <= target) return;
      this.windows.delete(key);
    }
  }
}
