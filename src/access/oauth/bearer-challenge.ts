/** What a challenge may say, in the order in which it is written. */
export interface BearerChallenge {
  readonly error?: 'invalid_token' | 'insufficient_scope';
  readonly error_description?: string;
  readonly scope?: string;
  /** The URL of our metadata (RFC 9728, 5.1). */
  readonly resource_metadata: string;
}

const ORDER = ['error', 'error_description', 'scope', 'resource_metadata'] as const;

/** A `WWW-Authenticate` challenge of RFC 6750, 3. */
export function bearerChallenge(challenge: BearerChallenge): string {
  const parameters = ORDER.flatMap((name) => {
    const value = challenge[name];
    // RFC 6750, 3: no quote, no backslash, no control character.
    return value === undefined ? [] : [`${name}="${value.replace(/[^\x20-\x7e]|["\\]/g, ' ')}"`];
  });
  return `Bearer ${parameters.join(', ')}`;
}

/** RFC 9728, 3.1: the well-known part stands between the host and the path. */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname}`;
}
