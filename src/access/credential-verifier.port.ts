import type { AppError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import type { RequestContext } from '../observability/request-context.js';
import type { Credential } from './credentials.js';

/** Who stands behind a credential, and until when. */
export interface Recognised {
  readonly principal: Principal;
  /**
   * Whether the credential is good for this request too: not revoked, not expired, sent from where it may come from.
   * Asked on every request of a kept-alive connection, so it has to be cheap.
   */
  readonly holds: (request: RequestContext) => boolean;
}

/** Why a credential is not good. */
export interface Refused {
  /** For the audit trail: a word such as `unknown`, `expired`, `address`. */
  readonly rule: string;
  /** For the client; it must not help to guess. */
  readonly detail: string;
  /** The answer in place of `unauthorized`, where the verifier has more to say. */
  readonly error?: AppError;
  /** Whether it was no guess. It counts like any request then, not as a failed attempt. */
  readonly isGenuine?: boolean;
}

export type Verdict = Recognised | Refused;

/** Knows one kind of credential. */
export interface CredentialVerifier {
  /** What `WWW-Authenticate` says to whoever has sent no good credential (RFC 9110, 11.6.1). */
  readonly challenge: string;
  /** What it recognises, and how that is sent; for whoever has sent nothing. */
  readonly asksFor: { readonly what: string; readonly how: string };
  /**
   * The verdict, or `undefined` for a credential of another kind. A promise is a verdict: who begins to look into a
   * credential has taken it on.
   */
  verify(credential: Credential, request: RequestContext): Verdict | Promise<Verdict> | undefined;
}

/** All verifiers, in the order in which they are asked. */
export const CredentialVerifiers = Symbol('CredentialVerifiers');
