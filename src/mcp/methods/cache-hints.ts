import type { Principal } from '../../core/principal.js';
import type { Protocol } from '../protocol/classify.js';

/**
 * For how long a client may keep a result (2026-07-28, server/utilities/caching). Always for itself alone: what a
 * principal sees is its own business. Earlier revisions have no such members.
 */
export const forCaching = ({ era }: Protocol, ttlMs: number): object =>
  era === 'modern' ? { ttlMs, cacheScope: 'private' } : {};

/** The guide caches the list of tools for five minutes. */
const LIST_TTL_MS = 300_000;

/**
 * For how long a list may be kept, in milliseconds. Not at all where it may grow: the holder of a token that opens some
 * tools may come back with one that opens more (2026-07-28, "Step-Up Authorization Flow"), and has to see them.
 */
export const listTtlMs = ({ kind, scopes }: Principal): number =>
  kind === 'oauth' && !scopes.includes('tools:call') ? 0 : LIST_TTL_MS;
