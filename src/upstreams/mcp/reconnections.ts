import { AsyncLocalStorage } from 'node:async_hooks';

/** What an upstream may say how long to wait before its stream is asked for again, in milliseconds. */
export const RECONNECT_MS = { least: 1000, most: 30_000 } as const;

const RETRY = /^retry: ?(\d+)$/;

/** A line of a stream of events, of which `retry` is kept within bounds: whoever reads it would obey any number. */
export function withBoundedRetry(line: string): string {
  const ms = line.startsWith('retry:') ? RETRY.exec(line)?.[1] : undefined;
  if (ms === undefined) return line;
  const { least, most } = RECONNECT_MS;
  return `retry: ${Math.min(Math.max(Number(ms), least), most)}`;
}

/** One for all: an error of its own for each call would cost a hundredth of the call. */
const OVER = new Error('The call is over');

/** Aborts when nobody waits any more for what is asked in its context. */
const asking = new AsyncLocalStorage<AbortSignal>();

/** Does work whose streams are not asked for again once it is over. */
export async function whileAsking<T>(work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  try {
    return await asking.run(over.signal, work);
  } finally {
    over.abort(OVER);
  }
}

/**
 * When the streams of a connection are asked for again. The SDK knows one of those that wait, and leaves it waiting for
 * what nobody wants any more, with all that was asked.
 */
export class Reconnections {
  private readonly waiting = new Set<() => void>();
  private isOver = false;

  readonly schedule = (reconnect: () => void, delayMs: number): void => {
    const over = asking.getStore();
    if (this.isOver || over?.aborted === true) return;
    const timer = setTimeout(() => {
      cancel();
      reconnect();
    }, delayMs);
    const cancel = (): void => {
      clearTimeout(timer);
      over?.removeEventListener('abort', cancel);
      this.waiting.delete(cancel);
    };
    this.waiting.add(cancel);
    over?.addEventListener('abort', cancel);
  };

  /** The connection closes. */
  end(): void {
    this.isOver = true;
    for (const cancel of this.waiting) cancel();
  }
}
