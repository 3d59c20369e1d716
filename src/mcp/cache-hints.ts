import type { Protocol } from './classify.js';

/**
 * For how long a client may keep a result (2026-07-28, server/utilities/caching). Always for itself alone: what a
 * principal sees is its own business. Earlier revisions have no such members.
 */
export const forCaching = ({ era }: Protocol, ttlMs: number): object =>
  era === 'modern' ? { ttlMs, cacheScope: 'private' } : {};
