import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { type CryptoKey, decodeJwt, errors, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { Counter } from 'prom-client';
import { Configuration } from '../../config/configuration.js';
import { Clock } from '../../core/clock.js';
import type { RequestContext } from '../../observability/request-context.js';
import type { CredentialVerifier, Recognised, Refused, Verdict } from '../credential-verifier.port.js';
import type { Credential } from '../credentials.js';
import {
  type AccessToken,
  accessToken,
  EXPIRED,
  FOREIGN_ISSUER,
  MALFORMED,
  principalOfToken,
  problemOf,
  type TokenProblem,
} from './access-token.js';
import { Issuers } from './issuers.service.js';
import { KeysUnavailable, thumbprintOf, UnusableKey } from './key-set.js';
import { OAuthRefusals } from './oauth.refusals.js';
import { RecognisedTokens } from './recognised-tokens.js';
import { ScopeMap } from './scope-map.js';

/** No authorization server that means well makes larger ones. */
const MAX_TOKEN_LENGTH = 8192;

/** Knows access tokens: JWTs that a trusted issuer has made for this server (RFC 9068, 4; MCP, basic/authorization). */
@Injectable()
export class OAuthVerifier implements CredentialVerifier {
  private readonly memory = new RecognisedTokens();
  private readonly options: JWTVerifyOptions;
  private readonly toleranceMs: number;

  constructor(
    @Inject(Configuration) { access: { oauth } }: Configuration,
    @Inject(Clock) private readonly clock: Clock,
    private readonly issuers: Issuers,
    private readonly scopes: ScopeMap,
    private readonly refusals: OAuthRefusals,
    @InjectMetric('mcpo_oauth_tokens_total') private readonly tokens: Counter,
  ) {
    this.toleranceMs = oauth?.clockToleranceMs ?? 0;
    this.options = {
      algorithms: [...(oauth?.algorithms ?? [])],
      audience: [...(oauth?.audiences ?? [])],
      clockTolerance: this.toleranceMs / 1000,
      requiredClaims: ['exp', 'iss', 'aud'],
    };
  }

  readonly asksFor = {
    what: 'access token',
    how: 'an access token of the authorization server that the metadata in WWW-Authenticate names, as "Authorization: Bearer <token>"',
  };

  get challenge(): string {
    return this.refusals.challenge;
  }

  verify({ source, value }: Credential, request: RequestContext): Verdict | Promise<Verdict> | undefined {
    if (source !== 'bearer') return undefined;
    if (value.length > MAX_TOKEN_LENGTH) return this.refused(MALFORMED);
    const digest = hash('sha256', value, 'base64');
    const recognised = this.memory.get(digest);
    if (recognised?.holds(request) === true) return recognised;
    // Expired, or of a key that is withdrawn.
    if (recognised !== undefined) this.memory.delete(digest);
    return this.examine(value, digest);
  }

  private async examine(text: string, digest: string): Promise<Verdict> {
    try {
      const issuer = issuerOf(text);
      const keys = this.issuers.keysOf(issuer);
      if (keys === undefined) return this.refused(FOREIGN_ISSUER);
      const options = { ...this.options, issuer, currentDate: new Date(this.clock.now()) };
      const { payload, protectedHeader, key } = await jwtVerify(text, keys.keyOf, options).catch(
        noFaultOfOurs,
      );
      const token = accessToken(protectedHeader, payload);
      if ('rule' in token) return this.refused(token);
      const signer = await thumbprintOf(key as CryptoKey);
      return this.admitted(token, issuer, () => keys.publishes(signer), digest);
    } catch (error) {
      if (error instanceof KeysUnavailable) return this.unavailable();
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      return this.refused(problem);
    }
  }

  private admitted(token: AccessToken, issuer: string, isKeyGood: () => boolean, digest: string): Verdict {
    const missing = this.scopes.missing(token.scopes);
    if (missing.length > 0) {
      this.tokens.inc({ outcome: 'scope' });
      const detail = `The token lacks the scope ${missing.join(' ')}`;
      const error = this.refusals.insufficientScope(missing, detail);
      return { rule: 'token_scope', detail, error, isGenuine: true };
    }
    const until = token.expiresAtMs + this.toleranceMs;
    const recognised: Recognised = {
      principal: principalOfToken(issuer, token.subject, this.scopes.ours(token.scopes)),
      // A key that joins the others changes nothing; one that is withdrawn takes its tokens along.
      holds: () => isKeyGood() && this.clock.now() < until,
    };
    this.memory.put(digest, recognised);
    this.tokens.inc({ outcome: 'ok' });
    return recognised;
  }

  private refused(problem: TokenProblem): Refused {
    this.tokens.inc({ outcome: problem.rule });
    const { rule, detail } = problem;
    const error = this.refusals.invalidToken(detail);
    // Everything else about an expired token has been found right: its holder is honest, and late.
    return { rule: `token_${rule}`, detail, error, isGenuine: problem === EXPIRED };
  }

  private unavailable(): Refused {
    this.tokens.inc({ outcome: 'unavailable' });
    const error = this.refusals.issuerUnavailable();
    return { rule: 'token_unavailable', detail: error.message, error, isGenuine: true };
  }
}

/** Whose token it says it is, which the signature has yet to prove. @throws JOSEError for what is no JWT. */
function issuerOf(token: string): string {
  const { iss } = decodeJwt(token);
  return typeof iss === 'string' ? iss : '';
}

/** jose and Node have many words for a key that is short, or lacks a part: it is its issuer's fault, and not ours. */
function noFaultOfOurs(error: unknown): never {
  if (error instanceof KeysUnavailable || error instanceof errors.JOSEError) throw error;
  throw new UnusableKey('The key cannot be used', { cause: error });
}
