import { setTimeout as sleep } from 'node:timers/promises';
import { lacksLists } from '../left-out.js';
import type { UpstreamCatalog } from '../upstream.port.js';
import { backOffMs } from './back-off.js';

/** Between two listings that the upstream asks for by telling of changes; in milliseconds. */
const LISTING_PAUSE_MS = 500;

/** When the catalogue of a connected upstream is listed: one listing at a time, however many ask for it. */
export class CatalogListings {
  private listing: Promise<void> | undefined;
  private nextListing: Promise<void> | undefined;
  private again: NodeJS.Timeout | undefined;
  /** Listings in a row that lacked a list. */
  private partial = 0;

  /** @param list lists it and puts it into force */
  constructor(
    private readonly list: (isFresh: boolean) => Promise<void>,
    private readonly stopping: AbortSignal,
  ) {
    stopping.addEventListener('abort', () => clearTimeout(this.again), { once: true });
  }

  /** Lists anew; if that is going on, once more after it for all who ask meanwhile. */
  relist(isFresh: boolean): Promise<void> {
    if (this.listing === undefined) {
      this.listing = this.list(isFresh).finally(() => (this.listing = undefined));
      return this.listing;
    }
    this.nextListing ??= this.listing
      .catch(() => undefined)
      .then(() => waited(LISTING_PAUSE_MS, this.stopping))
      .then(() => {
        this.nextListing = undefined;
        return this.relist(true);
      });
    return this.nextListing;
  }

  /** Hears of what has been listed: a list that failed is asked for again, after growing pauses. */
  listed(catalog: UpstreamCatalog): void {
    clearTimeout(this.again);
    this.partial = lacksLists(catalog) ? this.partial + 1 : 0;
    if (this.partial === 0 || this.stopping.aborted) return;
    const again = (): void => void this.relist(true).catch(() => this.listed(catalog));
    this.again = setTimeout(again, backOffMs(this.partial)).unref();
  }
}

/** Waits for the time in milliseconds, or for the signal. */
export async function waited(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
  } catch {
    // The signal came first.
  }
}
