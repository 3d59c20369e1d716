import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Configuration } from '../config/configuration.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ApiKeys } from './api-keys.service.js';
import { AuditGuard } from './audit.guard.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { Authenticator } from './authenticator.service.js';
import { Authorization } from './authorization.service.js';
import { Claims } from './claims.service.js';
import { type CredentialVerifier, CredentialVerifiers } from './credential-verifier.port.js';
import { KEY_EXPIRY_METRIC_PROVIDER, KeyExpiry } from './keys/key-expiry.service.js';
import { LimitsModule } from './limits/limits.module.js';
import { RateLimitGuard } from './limits/rate-limit.guard.js';
import { OAUTH_PROVIDERS } from './oauth/oauth.providers.js';
import { OAuthRefusals } from './oauth/oauth.refusals.js';
import { OAuthVerifier } from './oauth/oauth.verifier.js';
import { ProtectedResourceController } from './oauth/protected-resource.controller.js';

@Module({
  imports: [LimitsModule, ResilienceModule],
  controllers: [ProtectedResourceController],
  providers: [
    ApiKeys,
    KEY_EXPIRY_METRIC_PROVIDER,
    KeyExpiry,
    ...OAUTH_PROVIDERS,
    // Asked in this order. The first that knows the kind of a credential decides.
    {
      provide: CredentialVerifiers,
      inject: [Configuration, ApiKeys, OAuthVerifier],
      useFactory: (
        { access }: Configuration,
        keys: ApiKeys,
        tokens: OAuthVerifier,
      ): readonly CredentialVerifier[] => (access.oauth === undefined ? [keys] : [keys, tokens]),
    },
    Authenticator,
    Authorization,
    Claims,
    // In this order: whether it can be taken down, who is calling, then how much.
    { provide: APP_GUARD, useClass: AuditGuard },
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [ApiKeys, Authorization, LimitsModule, OAuthRefusals],
})
export class AccessModule {}
