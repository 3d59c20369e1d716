import { LRUCache } from 'lru-cache';
import type { SteadyClock } from '../../core/clock.js';
import type { CacheStore } from './cache.store.port.js';

export const MAX_ENTRIES = 10_000;
/** UTF-16 units of all values together, two bytes each; keys are of one length. */
export const MAX_LENGTH = 16 * 1024 * 1024;

/** Keeps what was used last, within bounds of number and size. */
export class MemoryCacheStore implements CacheStore {
  private readonly entries: LRUCache<string, string>;

  constructor(
    private readonly clock: SteadyClock,
    maxEntries = MAX_ENTRIES,
    maxLength = MAX_LENGTH,
  ) {
    this.entries = new LRUCache({
      max: maxEntries,
      maxSize: maxLength,
      sizeCalculation: ({ length }) => length,
      perf: clock,
      ttlResolution: 0,
    });
  }

  get(group: string, key: string): Promise<string | undefined> {
    return Promise.resolve(this.entries.get(idOf(group, key)));
  }

  set(group: string, key: string, value: string, ttlMs: number): Promise<void> {
    // To lru-cache a value that is just as old as its time is good; here it is over.
    this.entries.set(idOf(group, key), value, { ttl: ttlMs, start: this.clock.now() - 1 });
    return Promise.resolve();
  }

  delete(group: string, key?: string): Promise<void> {
    for (const id of key === undefined ? this.idsOf(group) : [idOf(group, key)]) this.entries.delete(id);
    return Promise.resolve();
  }

  private idsOf(group: string): string[] {
    return [...this.entries.keys()].filter((id) => id.startsWith(prefixOf(group)));
  }
}

/** Quoted, so that no group begins like another. */
const prefixOf = (group: string): string => `${JSON.stringify(group)} `;

const idOf = (group: string, key: string): string => `${prefixOf(group)}${key}`;
