import { hash } from 'node:crypto';

/**
 * SHA-256 of a key, as lower-case hex. Keys are compared by digest: whoever times the comparison learns about the
 * digest of a guess, which says nothing about the key.
 */
export function apiKeyDigest(key: string): string {
  return hash('sha256', key, 'hex');
}

/** The short form of a digest that may appear in logs, metrics and /status. */
export function apiKeyFingerprint(digest: string): string {
  return digest.slice(0, 8);
}
