import type { Scope } from '../../core/principal.js';
import { isScope } from '../../core/scopes.js';

/** Which scope of the authorization server stands for which of ours. */
export interface ScopeMapping {
  readonly theirs: string;
  readonly ours: Scope;
}

/** RFC 7518, 3.1 and RFC 8037, 3.1 without `none` and without HS*: whoever can check those can also sign. */
export const ASYMMETRIC_ALGORITHMS: ReadonlySet<string> = new Set([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]);

/** The `scope-token` of RFC 6749, 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

export const isScopeToken = (text: string): boolean => SCOPE.test(text);

/** `theirs=ours`; the last `=` divides, because theirs may have one. */
export function parseScopeMapping(text: string): ScopeMapping | undefined {
  const at = text.lastIndexOf('=');
  const [theirs, ours] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at > 0 && isScopeToken(theirs) && isScope(ours) ? { theirs, ours } : undefined;
}

/** A StringOrURI of RFC 7519, 2. */
export const isAudience = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);
