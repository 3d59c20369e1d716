import type { IncomingMessage } from 'node:http';

/** No key is longer; more is not worth a digest. */
const MAX_KEY_LENGTH = 1024;

/**
 * The credential that a request offers. `x-api-key` wins: a bad one is not rescued by a Bearer token.
 * RFC 6750, 2.1 for `Authorization: Bearer`.
 */
export function offeredCredential(request: IncomingMessage): string | undefined {
  const header = request.headers['x-api-key'];
  if (header !== undefined) return usable(Array.isArray(header) ? header.join(',') : header);
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return usable(bearer?.[1]);
}

const usable = (credential: string | undefined): string | undefined =>
  credential !== undefined && credential !== '' && credential.length <= MAX_KEY_LENGTH
    ? credential
    : undefined;
