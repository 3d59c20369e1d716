import type { ThrottlerStorage } from '@nestjs/throttler';

export type WindowRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** The storage of @nestjs/throttler; beyond that, a hit may weigh more than one. Times come in as milliseconds. */
export interface WindowStore extends ThrottlerStorage {
  increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration?: number,
    throttlerName?: string,
    weight?: number,
  ): Promise<WindowRecord>;
}

export const WindowStore = Symbol('WindowStore');

/** What @nestjs/throttler wants to know of a window that lasts `leftMs` more; its times are seconds. */
export function windowRecord(hits: number, leftMs: number, limit: number): WindowRecord {
  const secondsLeft = Math.max(1, Math.ceil(leftMs / 1000));
  const isBlocked = hits > limit;
  return {
    totalHits: hits,
    timeToExpire: secondsLeft,
    isBlocked,
    timeToBlockExpire: isBlocked ? secondsLeft : 0,
  };
}
