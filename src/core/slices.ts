import { setTimeout as sleep } from 'node:timers/promises';
import type { Steps } from './steps.js';
import { lineOfTurns } from './turn.js';

/** For so long work may hold the event loop in one go, in milliseconds; and for as long it rests. */
export const SLICE_MS = 5;

/** Not that of requests: however many there are, a file of keys is read again. */
const turnForSlice = lineOfTurns();

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

  /**
   * Begins the next slice after a rest, in a turn of the event loop in which no other slice begins.
   *
   * @throws the reason of the signal when it has aborted by then.
   */
  async next(signal?: AbortSignal): Promise<void> {
    await sleep(SLICE_MS);
    await turnForSlice();
    signal?.throwIfAborted();
    this.endsAt = performance.now() + SLICE_MS;
  }
}

/**
 * Does the steps in slices; work of a single step at once.
 *
 * @throws what a step throws, or the reason of the signal.
 */
export async function inSlices<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  const slices = new Slices();
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (slices.isOver) await slices.next(signal);
    }
  } finally {
    steps.return(undefined as T);
  }
}
