import { LRUCache } from 'lru-cache';

export interface RecentBounds {
  readonly entries: number;
  /** Of all entries together, in the unit in which `set` says how large one is. */
  readonly size: number;
}

/**
 * What was used last, within bounds: what was unused for longest makes room. For what is found anew without it; what
 * must not get lost belongs into a `BoundedStore`.
 */
export class Recent<Key extends object | string, Value extends object> {
  private readonly entries: LRUCache<Key, Value>;

  /** @param whenGone is told of every entry that leaves, however it does. */
  constructor({ entries, size }: RecentBounds, whenGone?: (value: Value, key: Key) => void) {
    this.entries = new LRUCache({ max: entries, maxSize: size, ...(whenGone && { dispose: whenGone }) });
  }

  get(key: Key): Value | undefined {
    return this.entries.get(key);
  }

  /** An entry that is larger than all of them may be is not kept. */
  set(key: Key, value: Value, size: number): void {
    this.entries.set(key, value, { size });
  }

  delete(key: Key): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
