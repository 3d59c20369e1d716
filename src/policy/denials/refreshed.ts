/** What was read is taken as it is for so long, in milliseconds. */
const FRESH_MS = 5_000;
/** For so long it still serves while it is read anew; what is older is waited for. */
const STALE_MS = 60_000;
/** Of the time, reading takes no more than one part in so many. */
const REST = 20;

/**
 * Something that changes, and that takes time to read: the first asker waits, and all who ask meanwhile with him; later
 * ones get what is known, and have it read anew (RFC 5861, 3, `stale-while-revalidate`).
 */
export class Refreshed<T> {
  private known: { readonly value: T; readonly readAt: number; readonly freshMs: number } | undefined;
  private reading: Promise<T> | undefined;

  /** @param read never rejects */
  constructor(private readonly read: () => Promise<T>) {}

  get(): T | Promise<T> {
    const { known } = this;
    const age = known === undefined ? Infinity : performance.now() - known.readAt;
    if (known !== undefined && age < known.freshMs) return known.value;
    this.reading ??= this.refresh();
    return known !== undefined && age < Math.max(STALE_MS, 2 * known.freshMs) ? known.value : this.reading;
  }

  private async refresh(): Promise<T> {
    const startedAt = performance.now();
    const value = await this.read();
    const readAt = performance.now();
    this.known = { value, readAt, freshMs: Math.max(FRESH_MS, REST * (readAt - startedAt)) };
    this.reading = undefined;
    return value;
  }
}
