import { setTimeout as sleep } from 'node:timers/promises';

/** For so long work may hold the event loop in one go, in milliseconds; and for as long it rests. */
export const SLICE_MS = 5;

/**
 * Long work in slices: between two of them everything else gets as much time. Whoever works through what others hand in
 * asks after each step.
 *
 * @example
 *   const slices = new Slices();
 *   for (const one of many) {
 *     if (slices.isOver) await slices.next();
 *     work(one);
 *   }
 */
export class Slices {
  private endsAt = performance.now() + SLICE_MS;

  /** Whether the present slice is over. */
  get isOver(): boolean {
    return performance.now() >= this.endsAt;
  }

  /** Begins the next slice after a rest. @throws the reason of the signal when it has aborted by then. */
  async next(signal?: AbortSignal): Promise<void> {
    await sleep(SLICE_MS);
    signal?.throwIfAborted();
    this.endsAt = performance.now() + SLICE_MS;
  }
}
