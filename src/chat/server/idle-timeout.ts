import { type Cancellation } from '../../core/cancellation.js';

/** The reason with which a silence ends a request. */
export const SILENCE = new Error('Nothing came from the chat server');

/**
 * An AbortSignal for a request that ends with its cancellation, or when nothing has come for `timeoutMs`: `heard()` begins the time
 * anew. `end()` leaves nothing behind.
 */
export class SilenceWatch {
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
    if (this.timer === undefined)
      this.timer = setTimeout(() => this.controller.abort(SILENCE), this.timeoutMs);
    else this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
    this.stopListening();
  }
}
