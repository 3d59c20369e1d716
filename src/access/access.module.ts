import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeys } from './api-keys.service.js';
import { Authenticator } from './authenticator.service.js';
import { Authorization } from './authorization.service.js';
import { type CredentialVerifier, CredentialVerifiers } from './credential-verifier.port.js';
import { ForwardedHeaderWarning } from './forwarded-header.warning.js';
import { LimitsModule } from './limits/limits.module.js';
import { RateLimitGuard } from './limits/rate-limit.guard.js';
import { RouteAccess } from './route-access.js';

@Module({
  imports: [LimitsModule],
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
    RouteAccess,
    // In this order: who is calling, then how much.
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [ApiKeys, Authorization, LimitsModule],
})
export class AccessModule {}
