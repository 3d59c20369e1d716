import type { IncomingMessage } from 'node:http';

/** No key and no token is longer; more is not worth a digest. */
const MAX_LENGTH = 16_384;

/** What a request offers to be recognised by, and in which of the two headers. */
export interface Credential {
  readonly source: 'x-api-key' | 'bearer';
  readonly value: string;
}

/**
 * The credential that a request offers. `x-api-key` wins: a bad one is not rescued by a Bearer token.
 * RFC 6750, 2.1 for `Authorization: Bearer`.
 */
export function offeredCredential(request: IncomingMessage): Credential | undefined {
  const header = request.headers['x-api-key'];
  if (header !== undefined) return usable('x-api-key', Array.isArray(header) ? header.join(',') : header);
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return usable('bearer', bearer?.[1]);
}

const usable = (source: Credential['source'], value: string | undefined): Credential | undefined =>
  value !== undefined && value !== '' && value.length <= MAX_LENGTH ? { source, value } : undefined;
