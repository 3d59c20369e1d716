import type { Cancellation } from '../../core/cancellation.js';

/** The reason with which the timeout ends a request. */
export const IDLE = new Error('Nothing came from the chat server');

/**
 * An AbortSignal for a request that ends with its cancellation, or when nothing has come for `timeoutMs`: `heard()`
 * begins the time anew. `end()` leaves nothing behind.
 */
export class IdleTimeout {
  private readonly controller = new AbortController();
  private readonly stopListening: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly timeoutMs: number,
    cancellation: Cancellation,
  ) {
    this.stopListening = cancellation.onCancel((reason) => this.controller.abort(reason));
    this.heard();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    if (this.timer === undefined) this.timer = setTimeout(() => this.controller.abort(IDLE), this.timeoutMs);
    else this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
    this.stopListening();
  }
}
