import type { Clock } from '../../core/clock.js';
import type { CacheStore } from './cache.store.port.js';

interface Entry {
  readonly group: string;
  readonly key: string;
  readonly value: string;
  readonly expiresAt: number;
}

const MAX_ENTRIES = 10_000;
/** UTF-16 units of all values together. */
const MAX_LENGTH = 32 * 1024 * 1024;

/** Keeps what was used last, within bounds of number and size. */
export class MemoryCacheStore implements CacheStore {
  // In the order of use: the first is the one that was unused for longest.
  private readonly entries = new Map<string, Entry>();
  private length = 0;

  constructor(
    private readonly clock: Clock,
    private readonly maxEntries = MAX_ENTRIES,
    private readonly maxLength = MAX_LENGTH,
  ) {}

  get(group: string, key: string): Promise<string | undefined> {
    const id = idOf(group, key);
    const entry = this.entries.get(id);
    if (entry === undefined) return Promise.resolve(undefined);
    this.drop(id);
    if (entry.expiresAt <= this.clock.now()) return Promise.resolve(undefined);
    this.put(id, entry);
    return Promise.resolve(entry.value);
  }

  set(group: string, key: string, value: string, ttlMs: number): Promise<void> {
    const id = idOf(group, key);
    this.drop(id);
    if (value.length <= this.maxLength) {
      this.put(id, { group, key, value, expiresAt: this.clock.now() + ttlMs });
    }
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.maxEntries && this.length <= this.maxLength) break;
      this.drop(oldest);
    }
    return Promise.resolve();
  }

  delete(group: string, key?: string): Promise<void> {
    for (const [id, entry] of this.entries) {
      if (entry.group === group && (key === undefined || entry.key === key)) this.drop(id);
    }
    return Promise.resolve();
  }

  private put(id: string, entry: Entry): void {
    this.entries.set(id, entry);
    this.length += entry.value.length;
  }

  private drop(id: string): void {
    this.length -= this.entries.get(id)?.value.length ?? 0;
    this.entries.delete(id);
  }
}

const idOf = (group: string, key: string): string => JSON.stringify([group, key]);
