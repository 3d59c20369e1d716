import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  ThrottlerStorage,
} from '@nestjs/throttler';
import type { Request } from 'express';
import { RateLimiter } from './rate-limiter.service.js';
import { isPublic } from '../route-access.js';

/**
 * The throttler of all guarded routes: one bucket per address over all of them (the stock guard makes one per route),
 * plain `RateLimit-*` header names, and public routes never counted.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly limiter: RateLimiter,
  ) {
    super(options, storage, reflector);
  }

  override canActivate(context: ExecutionContext): Promise<boolean> {
    // Not through switchToHttp(), which makes three functions each time.
    const request = context.getArgByIndex<Request>(0);
    const verdict = isPublic(context) || this.limiter.consume(request);
    // Nest takes a plain boolean as well, and waits for nothing then; it is the parent's type that asks for a promise.
    return verdict as Promise<boolean>;
  }
}
