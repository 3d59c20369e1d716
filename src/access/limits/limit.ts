import { AppError } from '../../core/errors.js';
import type { OwnRateLimit } from '../../core/principal.js';

/** A limit, with what is said of it to clients: prepared once, for it is said with every answer. */
export class Limit {
  readonly maxRequests: number;
  readonly windowMs: number;
  /** `maxRequests` as the headers have it. */
  readonly quota: string;
  /** An item of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11, 3.1). */
  readonly policy: string;
  /** Why a request beyond the limit is refused. */
  private readonly refusal: string;
  /** The name as a String of RFC 9651, 3.3.3. */
  private readonly name: string;

  /**
   * @param name names the policy; no two limits of one answer have the same.
   * @param usedUp the beginning of the refusal, from the number of requests that were to be had.
   * @param isOfGuesses whether what it counts are attempts without a good key.
   */
  constructor(
    name: string,
    { maxRequests, windowMs }: OwnRateLimit,
    usedUp: (maxRequests: number) => string,
    readonly isOfGuesses = false,
  ) {
    this.maxRequests = maxRequests;
    this.windowMs = windowMs;
    this.quota = String(maxRequests);
    this.name = `"${name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&')}"`;
    this.policy = `${this.name};q=${maxRequests};w=${Math.ceil(windowMs / 1000)}`;
    this.refusal = `${usedUp(maxRequests)} per ${windowMs / 1000} s`;
  }

  /** An item of `RateLimit` (draft 11, 4.1). */
  standing(remaining: number, seconds: number): string {
    return `${this.name};r=${remaining};t=${seconds}`;
  }

  /** The refusal of what goes beyond the limit. @param seconds until more is to be had */
  exceeded(seconds: number): AppError {
    return new AppError('rate_limited', {
      detail: this.refusal,
      retryAfterMs: seconds * 1000,
    });
  }
}
