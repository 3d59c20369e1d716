/** Before the first repetition; each further one may take twice as long as the one before. */
const BASE_DELAY_MS = 200;

/**
 * Milliseconds to wait before a repetition: anything from nothing to the whole delay ("full jitter"), so that callers
 * who failed together do not come back together.
 *
 * @param attempt the attempts so far, from 1
 */
export const retryDelayMs = (attempt: number, random: () => number = Math.random): number =>
  Math.floor(random() * BASE_DELAY_MS * 2 ** (attempt - 1));

/** Waits, or ends early when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
