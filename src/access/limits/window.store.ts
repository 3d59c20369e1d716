import type { ThrottlerStorage } from '@nestjs/throttler';

export type WindowRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Where hits are counted, in fixed windows, one per key. */
export abstract class WindowStore implements ThrottlerStorage {
  /**
   * Counts a hit, and more than one where it weighs more.
   *
   * @param windowMs how long a window lasts that begins with this hit, in milliseconds
   * @throws AppError `storage_unavailable` when nothing can be counted.
   */
  abstract hit(
    key: string,
    windowMs: number,
    limit: number,
    weight?: number,
  ): WindowRecord | Promise<WindowRecord>;

  /** The storage of @nestjs/throttler. */
  async increment(key: string, ttl: number, limit: number): Promise<WindowRecord> {
    return this.hit(key, ttl, limit);
  }
}

/** What @nestjs/throttler wants to know of a window that lasts `leftMs` more; its times are seconds. */
export function windowRecord(hits: number, leftMs: number, limit: number): WindowRecord {
  // In whole milliseconds: what a clock with fractions adds and takes away again may be a hair too much.
  const secondsLeft = Math.max(1, Math.ceil(Math.round(leftMs) / 1000));
  const isBlocked = hits > limit;
  return {
    totalHits: hits,
    timeToExpire: secondsLeft,
    isBlocked,
    timeToBlockExpire: isBlocked ? secondsLeft : 0,
  };
}
