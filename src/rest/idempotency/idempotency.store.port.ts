import type { Bounds } from '../../core/bounds/bounded-store.js';

/** For how long a key is remembered, from its first call. */
export const KEPT_MS = 3_600_000;
/** Calls that are remembered for all callers together; one may have a quarter. */
export const KEPT: Bounds = { entries: 10_000, bytes: 64 * 1024 * 1024 };
/** UTF-16 units of an answer that is kept; of a longer one it is kept that there was one. */
export const MAX_KEPT_ANSWER = 262_144;

/** Texts under a key of their owner. What is under way makes no room for others. */
export interface IdempotencyStore {
  /**
   * Keeps the text as under way where nothing is kept, whichever replica asks first; else answers what is.
   *
   * @throws AppError `storage_full`
   */
  begin(owner: string, id: string, text: string): Promise<string | undefined>;
  /** Puts the outcome in its place. */
  finish(owner: string, id: string, text: string): Promise<void>;
  forget(owner: string, id: string): Promise<void>;
}

export const IdempotencyStore = Symbol('IdempotencyStore');
