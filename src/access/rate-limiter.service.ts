import { Inject, Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, ThrottlerStorage } from '@nestjs/throttler';
import type { Request } from 'express';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import { requestContext } from '../observability/request-context.js';
import { addressBucket } from './client-address.js';

/** Counts requests against the bucket of their address, and tells the client where it stands. */
@Injectable()
export class RateLimiter {
  private readonly limit: number;
  private readonly windowMs: number;

  constructor(
    @Inject(Configuration) config: Configuration,
    @InjectThrottlerStorage() private readonly storage: ThrottlerStorage,
  ) {
    this.limit = config.rateLimit.maxRequests;
    this.windowMs = config.rateLimit.windowMs;
  }

  /**
   * Counts one request and sets `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds), the three
   * fields of draft-ietf-httpapi-ratelimit-headers-06.
   *
   * @throws AppError `rate_limited` when the bucket is used up.
   */
  async consume(request: Request): Promise<void> {
    await this.consumeFrom('ip', request, `This address has used its ${this.limit} requests`);
  }

  /**
   * Counts one attempt without a good key against a bucket of its own: guessing is limited, and a good key behind the same
   * address is not locked out by it.
   *
   * @throws AppError `rate_limited` when the bucket is used up.
   */
  async consumeFailedKey(request: Request): Promise<void> {
    await this.consumeFrom(
      'failed-key',
      request,
      `This address has been refused ${this.limit} times for want of a good key`,
    );
  }

  private async consumeFrom(bucket: string, request: Request, used: string): Promise<void> {
    if (this.limit === 0) return;
    const context = requestContext(request);
    const key = `${bucket}:${addressBucket(context.clientIp)}`;
    const record = await this.storage.increment(key, this.windowMs, this.limit, this.windowMs, 'default');
    const remaining = Math.max(0, this.limit - record.totalHits);
    setFields(context.responseHeaders, this.limit, remaining, record.timeToExpire);
    if (!record.isBlocked) return;
    const seconds = record.timeToBlockExpire;
    throw new AppError('rate_limited', {
      detail: `${used} per ${this.windowMs / 1000} s`,
      data: { retryAfterMs: seconds * 1000 },
      headers: { 'Retry-After': String(seconds) },
    });
  }
}

/** Sets the three fields; the last message of a batch has the last word. */
function setFields(headers: string[], limit: number, remaining: number, reset: number): void {
  const at = headers.indexOf('RateLimit-Limit');
  const fields = [
    'RateLimit-Limit',
    String(limit),
    'RateLimit-Remaining',
    String(remaining),
    'RateLimit-Reset',
    String(reset),
  ];
  if (at === -1) headers.push(...fields);
  else headers.splice(at, fields.length, ...fields);
}
