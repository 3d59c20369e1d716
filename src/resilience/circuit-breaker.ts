import { EventEmitter } from 'node:events';
import Opossum from 'opossum';

export type BreakerState = 'closed' | 'half-open' | 'open';

/**
 * What a call tells about the health of whatever it went to. `neutral` says nothing: an answer that the caller is to
 * blame for, a cancellation, a full queue. It neither counts nor resets the count, and at half-open it gives the trial
 * back.
 */
export type CallOutcome = 'success' | 'failure' | 'neutral';

/** Judges a settled call: a value, or the error that was thrown. */
export interface OutcomePolicy {
  readonly ofResult: (value: unknown) => CallOutcome;
  readonly ofError: (error: unknown) => CallOutcome;
}

export interface CircuitBreakerOptions {
  /** Failures in a row that open the breaker, however slowly they come. */
  readonly failureThreshold: number;
  /** Milliseconds from opening to the single trial call. */
  readonly resetTimeoutMs: number;
  readonly policy: OutcomePolicy;
  readonly onStateChange?: (state: BreakerState) => void;
}

/** Thrown instead of calling while the breaker is open, or while its one trial is under way. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';

  constructor(
    readonly breaker: string,
    /** Milliseconds until the next trial, at most. */
    readonly retryAfterMs: number,
  ) {
    super(`The circuit breaker of ${breaker} is open`);
  }
}

const NOTHING_IS_FIRED = (): Promise<never> =>
  Promise.reject(new Error('Calls go through CircuitBreaker.run'));

/**
 * A circuit breaker that opens on consecutive failures.
 *
 * opossum holds the state, the reset timer and the events; `open()` and `close()` move it. Calls do not go through its
 * `fire`, which judges by a percentage and knows no neutral outcome: they are judged here (docs/adr/0010).
 */
export class CircuitBreaker {
  private readonly circuit: Opossum;
  private failuresInARow = 0;
  private openedAt = 0;
  private isTrialUnderWay = false;
  /** Changes with the state: what a call that began in an earlier one tells is old news. */
  private era = 0;

  constructor(
    readonly name: string,
    private readonly options: CircuitBreakerOptions,
  ) {
    this.circuit = new Opossum(NOTHING_IS_FIRED, {
      name,
      resetTimeout: options.resetTimeoutMs,
      // Its statistics are of what is fired: they need no timers.
      enableSnapshots: false,
      rotateBucketController: new EventEmitter(),
    });
    this.circuit.on('open', () => this.entered('open'));
    this.circuit.on('halfOpen', () => this.entered('half-open'));
    this.circuit.on('close', () => this.entered('closed'));
  }

  get state(): BreakerState {
    if (this.circuit.opened) return 'open';
    return this.circuit.halfOpen ? 'half-open' : 'closed';
  }

  /** Failures since the last success. */
  get consecutiveFailures(): number {
    return this.failuresInARow;
  }

  /** @throws BreakerOpenError while the breaker is open. At half-open only `run` knows whether the trial is free. */
  refuseWhenOpen(): void {
    if (this.circuit.opened) throw this.refusal();
  }

  /**
   * Runs the action unless the breaker is open.
   *
   * @throws BreakerOpenError without running the action; otherwise whatever the action throws.
   */
  async run<T>(action: () => Promise<T>): Promise<T> {
    this.admit();
    const { era } = this;
    try {
      const value = await action();
      this.settle(era, this.options.policy.ofResult(value));
      return value;
    } catch (error) {
      this.settle(era, this.options.policy.ofError(error));
      throw error;
    }
  }

  /** Forgets what was: in the place of what failed there is something new, which has shown that it answers. */
  reset(): void {
    this.failuresInARow = 0;
    if (this.state !== 'closed') this.circuit.close();
  }

  /** Ends the timer. A breaker that has been shut down refuses every call. */
  shutdown(): void {
    this.era += 1;
    this.circuit.shutdown();
  }

  /** Lets a call pass: any while closed, one at a time while half-open. */
  private admit(): void {
    if (this.circuit.closed) return;
    if (!this.circuit.halfOpen || this.isTrialUnderWay) throw this.refusal();
    this.isTrialUnderWay = true;
  }

  private settle(era: number, outcome: CallOutcome): void {
    if (era !== this.era) return;
    this.isTrialUnderWay = false;
    switch (outcome) {
      case 'success':
        this.failuresInARow = 0;
        this.circuit.close();
        return;
      case 'failure':
        this.failuresInARow += 1;
        if (this.circuit.halfOpen || this.failuresInARow >= this.options.failureThreshold)
          this.circuit.open();
        return;
      case 'neutral':
        return;
      default:
        outcome satisfies never;
    }
  }

  private entered(state: BreakerState): void {
    this.era += 1;
    this.isTrialUnderWay = false;
    if (state === 'open') this.openedAt = performance.now();
    this.options.onStateChange?.(state);
  }

  private refusal(): BreakerOpenError {
    return new BreakerOpenError(this.name, this.retryAfterMs());
  }

  private retryAfterMs(): number {
    if (!this.circuit.opened) return 1000;
    return Math.max(0, Math.ceil(this.openedAt + this.options.resetTimeoutMs - performance.now()));
  }
}
