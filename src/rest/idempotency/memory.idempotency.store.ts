import { BoundedStore, bytesOf } from '../../core/bounds/bounded-store.js';
import type { SteadyClock } from '../../core/clock.js';
import { type IdempotencyStore, KEPT, KEPT_MS } from './idempotency.store.port.js';

/** The keys of the only replica. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly texts: BoundedStore<string>;

  constructor(
    private readonly clock: SteadyClock,
    total = KEPT,
  ) {
    this.texts = new BoundedStore(clock, { what: 'calls with an Idempotency-Key', total });
  }

  async begin(owner: string, id: string, text: string): Promise<string | undefined> {
    const known = this.texts.get(owner, id);
    if (known === undefined) this.put(owner, id, text, true);
    return known;
  }

  async finish(owner: string, id: string, text: string): Promise<void> {
    this.put(owner, id, text, false);
  }

  async forget(owner: string, id: string): Promise<void> {
    this.texts.delete(owner, id);
  }

  private put(owner: string, id: string, text: string, isUnderWay: boolean): void {
    const expires = this.clock.now() + KEPT_MS;
    this.texts.put(owner, id, text, { bytes: bytesOf(text), expires, isUnderWay });
  }
}
