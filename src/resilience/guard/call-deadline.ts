import { DeadlinePassed } from '../../core/cancellation.js';
import { OutboundCancelledError, OutboundTimeoutError } from '../outbound.port.js';

export interface CallDeadlineOptions {
  readonly upstream: string;
  /** The limit of this call; a timer runs only where it ends before the deadline of the caller does. */
  readonly timeoutMs: number;
  readonly callerSignal: AbortSignal | undefined;
  /** When its deadline aborts `callerSignal`, in milliseconds of `performance.now()`; `undefined`: it has none. */
  readonly callerDeadlineAt: number | undefined;
  /**
   * A call that stood in the queue began late: when the deadline of its caller passes, the upstream is not to blame.
   */
  readonly hasWaited: boolean;
}

/**
 * One signal for both ends that a call can come to from outside: its time is up, or its caller gives up. The deadline
 * of the caller is the one of the call; a limit of the upstream's own narrows it.
 */
export class CallDeadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly ended = Promise.withResolvers<never>();

  constructor(private readonly options: CallDeadlineOptions) {
    this.ended.promise.catch(() => undefined);
    const { upstream, timeoutMs, callerSignal, callerDeadlineAt = Infinity } = options;
    if (performance.now() + timeoutMs < callerDeadlineAt) {
      this.timer = setTimeout(() => this.end(new OutboundTimeoutError(upstream)), timeoutMs);
    }
    if (callerSignal?.aborted === true) this.callerGivesUp();
    else callerSignal?.addEventListener('abort', this.callerGivesUp);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /**
   * Settles like the work, or rejects as soon as the signal aborts: work that does not heed it keeps nobody waiting.
   */
  async race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.ended.promise]);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.options.callerSignal?.removeEventListener('abort', this.callerGivesUp);
  }

  private readonly callerGivesUp = (): void => {
    const { upstream, callerSignal, hasWaited } = this.options;
    const reason: unknown = callerSignal?.reason;
    const isLate = reason instanceof DeadlinePassed && !hasWaited;
    this.end(isLate ? new OutboundTimeoutError(upstream) : new OutboundCancelledError(upstream, reason));
  };

  private end(error: Error): void {
    this.controller.abort(error);
    this.ended.reject(error);
  }
}
