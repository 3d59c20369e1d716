import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Configuration } from '../config/configuration.js';
import { systemClock } from '../core/clock.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeys } from './api-keys.service.js';
import { Authenticator } from './authenticator.service.js';
import { Authorization } from './authorization.service.js';
import { type CredentialVerifier, CredentialVerifiers } from './credential-verifier.port.js';
import { ForwardedHeaderWarning } from './forwarded-header.warning.js';
import { MemoryWindowStore } from './memory-window.store.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimiter } from './rate-limiter.service.js';
import { RouteAccess } from './route-access.js';

@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [Configuration],
      useFactory: ({ rateLimit }: Configuration) => ({
        throttlers: [{ ttl: rateLimit.windowMs, limit: rateLimit.maxRequests }],
        storage: new MemoryWindowStore(systemClock),
      }),
    }),
  ],
  providers: [
    ApiKeys,
    // Asked in this order. The first that knows the kind of a credential decides.
    {
      provide: CredentialVerifiers,
      inject: [ApiKeys],
      useFactory: (...verifiers: CredentialVerifier[]) => verifiers,
    },
    Authenticator,
    Authorization,
    ForwardedHeaderWarning,
    RateLimiter,
    RouteAccess,
    // In this order: who is calling, then how much.
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [ApiKeys, Authorization, RateLimiter],
})
export class AccessModule {}
