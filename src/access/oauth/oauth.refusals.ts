import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import type { Scope } from '../../core/principal.js';
import { type BearerChallenge, bearerChallenge, metadataUrl } from './bearer-challenge.js';
import { ScopeMap } from './scope-map.js';

const RETRY_AFTER_MS = 5_000;

/** What the bearer of a token is told: the errors of RFC 6750, 3.1 as MCP wants them, and our own failure. */
@Injectable()
export class OAuthRefusals {
  /** For whoever has sent no credential at all: no error code (RFC 6750, 3.1). */
  readonly challenge: string;
  private readonly metadata: string | undefined;

  constructor(
    @Inject(Configuration) { access: { oauth } }: Configuration,
    private readonly scopes: ScopeMap,
  ) {
    this.metadata = oauth && metadataUrl(oauth.resource);
    const scope = oauth?.requiredScopes.join(' ');
    this.challenge = this.write(scope === undefined || scope === '' ? {} : { scope });
  }

  invalidToken(detail: string): AppError {
    const challenge = this.write({ error: 'invalid_token', error_description: detail });
    return new AppError('invalid_token', { detail, headers: { 'WWW-Authenticate': challenge } });
  }

  /** @param scopes by the names of the authorization server */
  insufficientScope(scopes: readonly string[], detail: string): AppError {
    const scope = scopes.join(' ');
    const challenge = this.write({ error: 'insufficient_scope', error_description: detail, scope });
    return new AppError('insufficient_scope', {
      detail,
      data: { requiredScope: scope },
      headers: { 'WWW-Authenticate': challenge },
    });
  }

  /** The same for a scope of ours, which may have another name there. */
  lacks(scope: Scope, what: string): AppError {
    const scopes = this.scopes.toAskFor(scope);
    return this.insufficientScope(scopes, `${what} needs the scope ${scopes.join(' ')}`);
  }

  issuerUnavailable(): AppError {
    return new AppError('issuer_unavailable', {
      detail: 'The keys of the authorization server cannot be had, so the token cannot be checked',
      retryAfterMs: RETRY_AFTER_MS,
    });
  }

  private write(challenge: Omit<BearerChallenge, 'resource_metadata'>): string {
    return this.metadata === undefined
      ? ''
      : bearerChallenge({ ...challenge, resource_metadata: this.metadata });
  }
}
