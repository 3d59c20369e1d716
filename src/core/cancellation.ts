/** Called once, when the cancellation happens. */
export type CancelListener = (reason: unknown) => void;

/** The reason with which the deadline of a call cancels it, as opposed to a caller who gives up. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor() {
    super('The deadline of the call has passed');
  }
}

/**
 * A request to stop, passed down to whatever works for a call. It costs nothing until somebody looks: the AbortSignal,
 * which most small calls never need, is made on demand.
 */
export class Cancellation {
  private listeners: CancelListener[] | undefined;
  private controller: AbortController | undefined;
  private isDone = false;
  private why: unknown;
  /** When a deadline will cancel it, in milliseconds of `performance.now()`; `undefined`: it has none. */
  deadlineAt: number | undefined;

  get isCancelled(): boolean {
    return this.isDone;
  }

  get reason(): unknown {
    return this.why;
  }

  /** The same request as an AbortSignal, for the APIs of Node. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.isDone) this.controller.abort(this.why);
    }
    return this.controller.signal;
  }

  /** Only the first call counts. */
  cancel(reason: unknown): void {
    if (this.isDone) return;
    this.isDone = true;
    this.why = reason;
    const listeners = this.listeners ?? [];
    this.listeners = undefined;
    for (const listener of listeners) listener(reason);
    this.controller?.abort(reason);
  }

  /** Calls the listener when the cancellation happens, or at once when it has. Answers how to stop listening. */
  onCancel(listener: CancelListener): () => void {
    if (this.isDone) {
      listener(this.why);
      return () => undefined;
    }
    (this.listeners ??= []).push(listener);
    return () => {
      this.listeners = this.listeners?.filter((other) => other !== listener);
    };
  }
}

/**
 * Settles like `work`, or rejects with the reason of the cancellation, whichever comes first. For a cancellation that
 * ends with the work: it goes on listening.
 */
export function orCancelled<T>(work: Promise<T>, cancellation: Cancellation): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    cancellation.onCancel(reject);
    work.then(resolve, reject);
  });
}

/** Settles like `work`, or rejects with the reason of the signal, whichever comes first. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
