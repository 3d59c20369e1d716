import { BreakerOpenError, type CircuitBreaker, type OutcomePolicy } from '../circuit-breaker.js';
import {
  type GuardedCall,
  OutboundCancelledError,
  OutboundTimeoutError,
  QueueFullError,
} from '../outbound.port.js';
import { Bulkhead } from './bulkhead.js';
import { CallDeadline } from './call-deadline.js';
import { pause, retryDelayMs } from './retries.js';

/** How a call ended, as the metrics name it. `answered` is an answer that says nothing about the upstream's health. */
export type GuardOutcome =
  'ok' | 'answered' | 'failure' | 'timeout' | 'cancelled' | 'circuit_open' | 'queue_full';

export interface GuardObserver {
  /** Calls that run and calls that wait have changed. */
  readonly moved: (inFlight: number, queued: number) => void;
  readonly retried: () => void;
  readonly ended: (outcome: GuardOutcome, seconds: number) => void;
}

export interface BreakerGuardOptions {
  readonly breaker: CircuitBreaker;
  readonly policy: OutcomePolicy;
  readonly maxConcurrency: number;
  readonly maxQueue: number;
  /** The limit of a call that brings none, in milliseconds. */
  readonly timeoutMs: number;
  /** Repetitions of a repeatable call, at most. */
  readonly retries: number;
  readonly observer: GuardObserver;
}

/**
 * What the breaker is told. Time-outs and cancellations are the guard's own, the rest is the upstream's.
 */
export const guardPolicy = (policy: OutcomePolicy): OutcomePolicy => ({
  ofResult: policy.ofResult,
  ofError: (error) => {
    if (error instanceof OutboundTimeoutError) return 'failure';
    if (error instanceof OutboundCancelledError) return 'neutral';
    return policy.ofError(error);
  },
});

/**
 * Stands around every call of one upstream: bounded concurrency, circuit breaker, deadline, retries. The order matters:
 * a call that waits or is turned away in front of the breaker tells it nothing.
 */
export class BreakerGuard {
  private readonly bulkhead: Bulkhead;

  constructor(private readonly options: BreakerGuardOptions) {
    this.bulkhead = new Bulkhead(this.name, options.maxConcurrency, options.maxQueue);
  }

  get name(): string {
    return this.options.breaker.name;
  }

  /** Calls that run now. */
  get inFlight(): number {
    return this.bulkhead.inFlight;
  }

  /** Calls that wait for a place. */
  get queued(): number {
    return this.bulkhead.queued;
  }

  /**
   * Runs the action under the guard. The action has to heed its signal.
   *
   * @throws BreakerOpenError, QueueFullError without running the action.
   * @throws OutboundTimeoutError, OutboundCancelledError at once when the signal aborts; otherwise what the action
   * throws.
   */
  async run<T>(action: (signal: AbortSignal) => Promise<T>, call: GuardedCall = {}): Promise<T> {
    const startedAt = performance.now();
    let outcome: GuardOutcome = 'failure';
    try {
      const value = await this.admit(action, call);
      outcome = this.outcomeOfValue(value);
      return value;
    } catch (error) {
      outcome = this.outcomeOfError(error);
      throw error;
    } finally {
      this.options.observer.ended(outcome, (performance.now() - startedAt) / 1000);
    }
  }

  /** Closes the breaker: the upstream has been replaced by a new one that answers. */
  reset(): void {
    this.options.breaker.reset();
  }

  private async admit<T>(action: (signal: AbortSignal) => Promise<T>, call: GuardedCall): Promise<T> {
    // Nobody has to queue for a refusal.
    this.options.breaker.refuseWhenOpen();
    const entering = this.bulkhead.enter(call.signal);
    this.moved();
    const hasWaited = await entering.finally(() => this.moved());
    try {
      return await this.options.breaker.run(() => this.limit(action, call, hasWaited));
    } finally {
      this.bulkhead.leave();
      this.moved();
    }
  }

  private async limit<T>(
    action: (signal: AbortSignal) => Promise<T>,
    call: GuardedCall,
    hasWaited: boolean,
  ): Promise<T> {
    const deadline = new CallDeadline({
      upstream: this.name,
      timeoutMs: call.timeoutMs ?? this.options.timeoutMs,
      callerSignal: call.signal,
      callerDeadlineAt: call.deadlineAt,
      hasWaited,
    });
    try {
      return await deadline.race(this.attempt(action, deadline.signal, call.isRepeatable ?? false));
    } finally {
      deadline.dispose();
    }
  }

  private async attempt<T>(
    action: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    isRepeatable: boolean,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action(signal);
      } catch (error) {
        if (!isRepeatable || attempt > this.options.retries || !this.mayRepeat(error)) throw error;
        await pause(retryDelayMs(attempt), signal);
        if (signal.aborted || !this.isHealthy) throw error;
        this.options.observer.retried();
      }
    }
  }

  private mayRepeat(error: unknown): boolean {
    return this.isHealthy && this.options.policy.ofError(error) === 'failure';
  }

  /** The trial of a half-open breaker is one call, and an open one is left alone. */
  private get isHealthy(): boolean {
    return this.options.breaker.state === 'closed';
  }

  private outcomeOfValue(value: unknown): GuardOutcome {
    const outcome = this.options.policy.ofResult(value);
    if (outcome === 'success') return 'ok';
    return outcome === 'neutral' ? 'answered' : 'failure';
  }

  private outcomeOfError(error: unknown): GuardOutcome {
    if (error instanceof BreakerOpenError) return 'circuit_open';
    if (error instanceof QueueFullError) return 'queue_full';
    if (error instanceof OutboundTimeoutError) return 'timeout';
    if (error instanceof OutboundCancelledError) return 'cancelled';
    return this.options.policy.ofError(error) === 'neutral' ? 'answered' : 'failure';
  }

  private moved(): void {
    this.options.observer.moved(this.bulkhead.inFlight, this.bulkhead.queued);
  }
}
