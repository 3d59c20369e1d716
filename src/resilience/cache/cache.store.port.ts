/**
 * Where cached answers are kept, as JSON text. A group is what becomes stale together: the answers of one upstream.
 * Nothing here is the only copy of anything.
 */
export interface CacheStore {
  get(group: string, key: string): Promise<string | undefined>;
  set(group: string, key: string, value: string, ttlMs: number): Promise<void>;
  /** Forgets one entry, or the whole group. */
  delete(group: string, key?: string): Promise<void>;
}

export const CacheStore = Symbol('CacheStore');
