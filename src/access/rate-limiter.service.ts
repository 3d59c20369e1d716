import { Inject, Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, ThrottlerStorage } from '@nestjs/throttler';
import type { Request, Response } from 'express';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
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
  async consume(request: Request, response: Response): Promise<void> {
    if (this.limit === 0) return;
    const key = `ip:${addressBucket(request.ip)}`;
    const record = await this.storage.increment(key, this.windowMs, this.limit, this.windowMs, 'default');
    response.setHeader('RateLimit-Limit', this.limit);
    response.setHeader('RateLimit-Remaining', Math.max(0, this.limit - record.totalHits));
    response.setHeader('RateLimit-Reset', record.timeToExpire);
    if (!record.isBlocked) return;
    const seconds = record.timeToBlockExpire;
    throw new AppError('rate_limited', {
      detail: `This address has used its ${this.limit} requests per ${this.windowMs / 1000} s`,
      data: { retryAfterMs: seconds * 1000 },
      headers: { 'Retry-After': String(seconds) },
    });
  }
}
