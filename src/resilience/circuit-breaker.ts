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

/**
 * A circuit breaker that opens on consecutive failures.
 *
 * opossum keeps the states, the reset timer and the single trial, but decides by a percentage in a rolling window. Here
 * the percentage is out of reach, and a count of failures in a row decides instead. Every change of state is a fresh
 * opossum circuit: a call that began in an earlier state settles there and cannot disturb the present one.
 */
export class CircuitBreaker {
  private circuit: Opossum<[() => Promise<unknown>]>;
  private failuresInARow = 0;
  private openedAt = 0;

  constructor(
    readonly name: string,
    private readonly options: CircuitBreakerOptions,
  ) {
    this.circuit = this.circuitIn('closed');
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
    if (this.state === 'open') throw new BreakerOpenError(this.name, this.retryAfterMs());
  }

  /**
   * Runs the action unless the breaker is open.
   *
   * @throws BreakerOpenError without running the action; otherwise whatever the action throws.
   */
  async run<T>(action: () => Promise<T>): Promise<T> {
    const { circuit } = this;
    const observed = async (): Promise<T> => {
      try {
        const value = await action();
        this.settle(circuit, this.options.policy.ofResult(value));
        return value;
      } catch (error) {
        this.settle(circuit, this.options.policy.ofError(error));
        throw error;
      }
    };
    try {
      return (await circuit.fire(observed)) as T;
    } catch (error) {
      if (Opossum.isOurError(error as Error)) throw new BreakerOpenError(this.name, this.retryAfterMs());
      throw error;
    }
  }

  /** Forgets what was: in the place of what failed there is something new, which has shown that it answers. */
  reset(): void {
    this.failuresInARow = 0;
    if (this.state !== 'closed') this.moveTo('closed');
  }

  /** Ends the timers. A breaker that has been shut down refuses every call. */
  shutdown(): void {
    this.circuit.shutdown();
  }

  private settle(circuit: CircuitBreaker['circuit'], outcome: CallOutcome): void {
    if (circuit !== this.circuit) return;
    switch (outcome) {
      case 'success':
        this.failuresInARow = 0;
        if (circuit.halfOpen) this.moveTo('closed');
        return;
      case 'failure':
        this.failuresInARow += 1;
        if (circuit.halfOpen || this.failuresInARow >= this.options.failureThreshold) this.moveTo('open');
        return;
      case 'neutral':
        if (circuit.halfOpen) this.moveTo('half-open');
        return;
      default:
        outcome satisfies never;
    }
  }

  private moveTo(state: BreakerState): void {
    const before = this.state;
    this.circuit.shutdown();
    if (state === 'open') this.openedAt = performance.now();
    this.circuit = this.circuitIn(state);
    if (state !== before) this.options.onStateChange?.(state);
  }

  private circuitIn(state: BreakerState): CircuitBreaker['circuit'] {
    const circuit = new Opossum(async (action: () => Promise<unknown>) => action(), {
      name: this.name,
      timeout: false,
      resetTimeout: this.options.resetTimeoutMs,
      volumeThreshold: Number.MAX_SAFE_INTEGER,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      state: { closed: state === 'closed', halfOpen: state === 'half-open' },
    } as Opossum.Options);
    circuit.on('halfOpen', () => this.options.onStateChange?.('half-open'));
    return circuit;
  }

  private retryAfterMs(): number {
    if (this.state !== 'open') return 1000;
    return Math.max(0, Math.ceil(this.openedAt + this.options.resetTimeoutMs - performance.now()));
  }
}
