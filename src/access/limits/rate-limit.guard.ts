import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerLimitDetail,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  ThrottlerStorage,
} from '@nestjs/throttler';
import type { Request } from 'express';
import { requestContext } from '../../observability/request-context.js';
import { Claims } from '../claims.service.js';
import { isPublic } from '../route-access.js';
import { setFields } from './rate-limit.fields.js';
import { RateLimiter } from './rate-limiter.service.js';
import { hasThrottlerDecorator } from './throttler-decorators.js';

/**
 * The throttler of all guarded routes: one bucket per client over all of them (the stock guard makes one per route),
 * the fields of the drafts in place of `X-RateLimit-*`, and public routes never counted.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    private readonly limiter: RateLimiter,
    private readonly claims: Claims,
  ) {
    super(options, storage, new Reflector());
  }

  /**
   * A request that is sent again must not be served twice: it is claimed while it is counted, or is not.
   *
   * Nest takes a plain boolean as well, and waits for nothing then; it is the parent's type that asks for a promise.
   */
  override canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    const verdict = this.claims.isAskedOf(request)
      ? this.claimAnd(request, context)
      : this.count(request, context);
    return verdict as Promise<boolean>;
  }

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return isPublic(context) || this.limiter.limitOf(requestOf(context)).maxRequests === 0;
  }

  protected override async getTracker(request: Record<string, unknown>): Promise<string> {
    return this.limiter.bucketOf(request as unknown as Request);
  }

  protected override generateKey(_context: ExecutionContext, tracker: string): string {
    return tracker;
  }

  /** Both in one round trip to Redis. What has run already is said before what has been used up. */
  private async claimAnd(request: Request, context: ExecutionContext): Promise<boolean> {
    const counting = async (): Promise<boolean> => this.count(request, context);
    const [claimed, counted] = await Promise.allSettled([this.claims.take(request), counting()]);
    if (claimed.status === 'rejected') throw claimed.reason;
    if (counted.status === 'rejected') throw counted.reason;
    return counted.value;
  }

  /**
   * What the stock guard does with the hooks below, without its nine promises where no decorator has anything to say:
   * they cost a small call a tenth of the memory that it takes, and some 3 % of the time.
   */
  private count(request: Request, context: ExecutionContext): boolean | Promise<boolean> {
    if (hasThrottlerDecorator(context)) return super.canActivate(context);
    const counting = isPublic(context) ? undefined : this.limiter.consume(request);
    return counting === undefined || counting.then(() => true);
  }

  /** Counts as the stock guard does; what it says to the client are our fields, with a refusal too. */
  protected override async handleRequest(hit: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, blockDuration, throttler } = hit;
    const request = requestOf(context);
    const name = throttler.name ?? 'default';
    const tracker = await hit.getTracker(request, context);
    const key = hit.generateKey(context, tracker, name);
    const record = await this.storageService.increment(key, ttl, limit, blockDuration, name);
    setFields(requestContext(request).responseHeaders, this.limiter.limitOf(request), record);
    if (record.isBlocked) {
      await this.throwThrottlingException(context, { limit, ttl, key, tracker, ...record });
    }
    return true;
  }

  protected override async throwThrottlingException(
    context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    throw this.limiter.limitOf(requestOf(context)).exceeded(timeToBlockExpire);
  }
}

/** Not through switchToHttp(), which makes three functions each time. */
export const requestOf = (context: ExecutionContext): Request => context.getArgByIndex<Request>(0);
