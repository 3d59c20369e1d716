import {
  BreakerOpenError,
  type BreakerState,
  type CallOutcome,
  CircuitBreaker,
} from '../../src/resilience/circuit-breaker.js';

export const RESET_TIMEOUT_MS = 60_000;

/** A call whose end the test decides. */
export interface PendingCall {
  readonly settled: Promise<unknown>;
  readonly finish: (outcome: CallOutcome) => Promise<void>;
}

/** How the outcome of a call is told: the value, or the message of the error, is the outcome itself. */
export type Telling = 'a value' | 'an error';

/** A breaker with a threshold of 5, and ways to call through it. Its timers are those of Jest. */
export class BreakerHarness {
  changes: BreakerState[] = [];
  readonly breaker: CircuitBreaker;

  constructor(private readonly told: Telling) {
    this.breaker = new CircuitBreaker('upstream', {
      failureThreshold: 5,
      resetTimeoutMs: RESET_TIMEOUT_MS,
      policy: {
        ofResult: (value) => value as CallOutcome,
        ofError: (error) => (error as Error).message as CallOutcome,
      },
      onStateChange: (state) => this.changes.push(state),
    });
  }

  get state(): BreakerState {
    return this.breaker.state;
  }

  /** An action with this outcome. A success is a value, whoever tells. */
  act(outcome: CallOutcome): () => Promise<CallOutcome> {
    return () =>
      outcome === 'success' || this.told === 'a value'
        ? Promise.resolve(outcome)
        : Promise.reject(new Error(outcome));
  }

  async call(...outcomes: CallOutcome[]): Promise<void> {
    for (const outcome of outcomes) await this.breaker.run(this.act(outcome)).catch(() => undefined);
  }

  begin(): PendingCall {
    const work = Promise.withResolvers<CallOutcome>();
    const settled = this.breaker
      .run(() => work.promise)
      .then(
        (value) => value,
        (error: unknown) => error,
      );
    return {
      settled,
      finish: async (outcome) => {
        work.resolve(this.act(outcome)());
        await settled;
      },
    };
  }

  /** Whether a call would be refused. It is made: refused is never called, and called is never refused. */
  async isRefused(): Promise<boolean> {
    let calls = 0;
    const error: unknown = await this.breaker
      .run(() => {
        calls += 1;
        return this.act('success')();
      })
      .catch((reason: unknown) => reason);
    const isRefused = error instanceof BreakerOpenError;
    if (calls !== (isRefused ? 0 : 1)) throw new Error(`Called ${calls} times, refused: ${isRefused}`);
    return isRefused;
  }

  open(): Promise<void> {
    return this.call('failure', 'failure', 'failure', 'failure', 'failure');
  }

  async halfOpen(): Promise<void> {
    await this.open();
    await jest.advanceTimersByTimeAsync(RESET_TIMEOUT_MS);
    this.changes = [];
  }
}
