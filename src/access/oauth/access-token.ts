import { hash } from 'node:crypto';
import { errors, type JWTHeaderParameters, type JWTPayload } from 'jose';
import type { Principal, Scope } from '../../core/principal.js';
import { UnusableKey } from './key-set.js';
import { cut } from '../../core/quote.js';

/** Why a token is refused: a word for metrics and the audit trail, a sentence for the client. */
export interface TokenProblem {
  readonly rule: string;
  readonly detail: string;
}

export const EXPIRED: TokenProblem = { rule: 'expired', detail: 'The token has expired' };
export const MALFORMED: TokenProblem = { rule: 'malformed', detail: 'The token is not a signed JWT' };
export const FOREIGN_ISSUER: TokenProblem = {
  rule: 'issuer',
  detail: 'The token comes from an issuer that this server does not trust',
};

const BY_CLAIM: Readonly<Record<string, TokenProblem>> = {
  iss: FOREIGN_ISSUER,
  aud: { rule: 'audience', detail: 'The token has been issued for another audience' },
  exp: { rule: 'claims', detail: 'The token does not say when it expires' },
  nbf: { rule: 'not_yet_valid', detail: 'The token is not valid yet' },
};
const NO_SUBJECT: TokenProblem = { rule: 'claims', detail: 'The token names no subject' };
const WRONG_KIND: TokenProblem = { rule: 'kind', detail: 'The token is not an access token' };
const BOUND: TokenProblem = {
  rule: 'bound',
  detail: 'The token is bound to a key of the client, and this server takes bearer tokens only',
};

/** What an error of jose means to the holder of the token; `undefined` for what is no fault of the token. */
export function problemOf(error: unknown): TokenProblem | undefined {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JWTClaimValidationFailed) return BY_CLAIM[error.claim] ?? MALFORMED;
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return { rule: 'signature', detail: 'The signature of the token is not right' };
  if (error instanceof errors.JOSEAlgNotAllowed)
    return { rule: 'algorithm', detail: 'The token is signed with an algorithm that is not accepted' };
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return { rule: 'key', detail: 'The token is signed with a key that its issuer does not publish' };
  if (error instanceof UnusableKey)
    return { rule: 'key', detail: 'The token names a key of its issuer that cannot be used' };
  return error instanceof errors.JOSEError ? MALFORMED : undefined;
}

/** RFC 9068, 2.1; many servers still send `JWT` or nothing. */
const ACCESS_TOKEN_TYPES: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt']);
const UNDECLARED_TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'application/jwt']);
/** OpenID Connect Core, 2 and 3.3.2.11: claims that belong to the log-in of a client. */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/** What matters of a token that is good. */
export interface AccessToken {
  readonly subject: string;
  /** By the names of the authorization server. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** Reads a token whose signature, issuer, audience and times are right. */
export function accessToken(header: JWTHeaderParameters, claims: JWTPayload): AccessToken | TokenProblem {
  // It may be of any type: jose looks at it only where one is asked for.
  const { typ } = header as { readonly typ?: unknown };
  if (typ !== undefined && typeof typ !== 'string') return WRONG_KIND;
  const type = typ?.toLowerCase();
  const isDeclared = type !== undefined && ACCESS_TOKEN_TYPES.has(type);
  if (!isDeclared && (!UNDECLARED_TYPES.has(type) || isOtherKind(claims))) return WRONG_KIND;
  const { sub, exp } = claims;
  if (typeof sub !== 'string' || sub === '' || exp === undefined) return NO_SUBJECT;
  // RFC 9449, 7.2 and RFC 8705, 3: without its key such a token may be a stolen one.
  if ('cnf' in claims) return BOUND;
  return { subject: sub, scopes: scopesOf(claims), expiresAtMs: exp * 1000 };
}

/** Keycloak and Cognito name the kind of a token in its claims. */
function isOtherKind(claims: JWTPayload): boolean {
  const { typ, token_use: use } = claims;
  return (
    ID_TOKEN_CLAIMS.some((claim) => claim in claims) ||
    (typ !== undefined && typ !== 'Bearer') ||
    (use !== undefined && use !== 'access')
  );
}

/** `scope` (RFC 9068, 2.2.3) or `scp` of other servers; text with blanks, or a list. */
function scopesOf({ scope, scp }: JWTPayload): readonly string[] {
  const value = scope ?? scp;
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

/** Characters of a subject in the log and the audit trail. */
const MAX_SUBJECT = 256;

/**
 * Who stands behind a token. The id is 128 bits of a digest: what is stored belongs to it, and nobody shall find a
 * second subject with the same.
 */
export function principalOfToken(issuer: string, subject: string, scopes: readonly Scope[]): Principal {
  const digest = hash('sha256', JSON.stringify([issuer, subject]), 'hex').slice(0, 32);
  return Object.freeze<Principal>({
    id: `oauth:${digest}`,
    kind: 'oauth',
    name: cut(subject, MAX_SUBJECT),
    scopes,
  });
}
