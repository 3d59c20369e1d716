import { BreakerOpenError, type BreakerState, type CallOutcome, CircuitBreaker } from './circuit-breaker.js';

const RESET = 60_000;
const MINUTE = 60_000;

/** A call whose end the test decides. */
interface PendingCall {
  readonly settled: Promise<unknown>;
  readonly finish: (outcome: CallOutcome) => Promise<void>;
}

/** Answers with, or throws, the outcome itself: the policy below takes it at its word. */
describe.each(['a value', 'an error'] as const)('CircuitBreaker, told by %s', (told) => {
  let sut: CircuitBreaker;
  let changes: BreakerState[];

  beforeEach(() => {
    jest.useFakeTimers();
    changes = [];
    sut = new CircuitBreaker('upstream', {
      failureThreshold: 5,
      resetTimeoutMs: RESET,
      policy: {
        ofResult: (value) => value as CallOutcome,
        ofError: (error) => (error as Error).message as CallOutcome,
      },
      onStateChange: (state) => changes.push(state),
    });
  });
  afterEach(() => {
    sut.shutdown();
    jest.useRealTimers();
  });

  const end = (outcome: CallOutcome): Promise<CallOutcome> =>
    told === 'a value' ? Promise.resolve(outcome) : Promise.reject(new Error(outcome));
  /** A success is a value, whoever tells. */
  const act = (outcome: CallOutcome) => (): Promise<CallOutcome> =>
    outcome === 'success' ? Promise.resolve(outcome) : end(outcome);
  const call = async (...outcomes: CallOutcome[]): Promise<void> => {
    for (const outcome of outcomes) await sut.run(act(outcome)).catch(() => undefined);
  };
  const begin = (): PendingCall => {
    let settle: (work: Promise<CallOutcome>) => void = () => undefined;
    const work = new Promise<CallOutcome>((resolve) => {
      settle = resolve;
    });
    const settled = sut
      .run(() => work)
      .then(
        (value) => value,
        (error: unknown) => error,
      );
    return {
      settled,
      finish: async (outcome) => {
        settle(act(outcome)());
        await settled;
      },
    };
  };
  const isRefused = async (): Promise<boolean> => {
    const action = jest.fn(act('success'));
    const error: unknown = await sut.run(action).catch((reason: unknown) => reason);
    // Refused is never called, and called is never refused.
    expect(action).toHaveBeenCalledTimes(error instanceof BreakerOpenError ? 0 : 1);
    return error instanceof BreakerOpenError;
  };
  const open = (): Promise<void> => call('failure', 'failure', 'failure', 'failure', 'failure');
  const halfOpen = async (): Promise<void> => {
    await open();
    await jest.advanceTimersByTimeAsync(RESET);
    changes = [];
  };

  describe('when closed', () => {
    it.each<[string, CallOutcome[], BreakerState, number]>([
      ['4 failures', ['failure', 'failure', 'failure', 'failure'], 'closed', 4],
      [
        '4 failures, a success and 4 failures',
        ['failure', 'failure', 'failure', 'failure', 'success', 'failure', 'failure', 'failure', 'failure'],
        'closed',
        4,
      ],
      ['5 failures', ['failure', 'failure', 'failure', 'failure', 'failure'], 'open', 5],
      ['99 neutral calls', Array.from({ length: 99 }, () => 'neutral' as const), 'closed', 0],
      [
        '4 failures, a neutral call and a failure',
        ['failure', 'failure', 'failure', 'failure', 'neutral', 'failure'],
        'open',
        5,
      ],
      ['4 failures and a neutral call', ['failure', 'failure', 'failure', 'failure', 'neutral'], 'closed', 4],
      ['a success', ['success'], 'closed', 0],
    ])('%s leave it so or open it', async (_what, outcomes, state, failures) => {
      await call(...outcomes);
      expect({ state: sut.state, failures: sut.consecutiveFailures }).toEqual({ state, failures });
      expect(changes).toEqual(state === 'open' ? ['open'] : []);
    });

    it('opens on 5 failures in a row with a minute between each', async () => {
      for (let count = 0; count < 5; count += 1) {
        expect(sut.state).toBe('closed');
        await call('failure');
        await jest.advanceTimersByTimeAsync(count < 4 ? MINUTE : 0);
      }
      expect(sut.state).toBe('open');
    });

    it('opens on 5 failures in a row among a thousand successes before', async () => {
      await call(...Array.from({ length: 1000 }, () => 'success' as const));
      await open();
      expect(sut.state).toBe('open');
    });

    it('hands values and errors through', async () => {
      const error = new Error('failure');
      await expect(sut.run(() => Promise.resolve('success'))).resolves.toBe('success');
      await expect(sut.run(() => Promise.reject(error))).rejects.toBe(error);
    });
  });

  describe('when open', () => {
    beforeEach(open);

    it('refuses without calling, and says until when', async () => {
      expect(await isRefused()).toBe(true);
      await jest.advanceTimersByTimeAsync(20_000);
      const error = (await sut.run(act('success')).catch((reason: unknown) => reason)) as BreakerOpenError;
      expect(error).toMatchObject({ breaker: 'upstream', retryAfterMs: 40_000 });
    });

    it('stays open until the reset time-out, to the millisecond', async () => {
      await jest.advanceTimersByTimeAsync(RESET - 1);
      expect(sut.state).toBe('open');
      expect(await isRefused()).toBe(true);
      await jest.advanceTimersByTimeAsync(1);
      expect(sut.state).toBe('half-open');
      expect(changes).toEqual(['open', 'half-open']);
    });

    it('is not kept open by the calls that it refuses', async () => {
      for (let second = 0; second < 60; second += 1) {
        await isRefused();
        await jest.advanceTimersByTimeAsync(1000);
      }
      expect(sut.state).toBe('half-open');
    });
  });

  describe('when half-open', () => {
    beforeEach(halfOpen);

    it('lets one trial through and refuses the others meanwhile', async () => {
      const trial = begin();
      expect([await isRefused(), await isRefused()]).toEqual([true, true]);
      await trial.finish('success');
      expect(await isRefused()).toBe(false);
    });

    it('closes when the trial succeeds, and counts from 0', async () => {
      await call('success');
      expect(sut.state).toBe('closed');
      expect(changes).toEqual(['closed']);
      await call('failure', 'failure', 'failure', 'failure');
      expect(sut.state).toBe('closed');
    });

    it('opens for another reset time-out when the trial fails', async () => {
      await call('failure');
      expect(sut.state).toBe('open');
      expect(await isRefused()).toBe(true);
      await jest.advanceTimersByTimeAsync(RESET - 1);
      expect(sut.state).toBe('open');
      await jest.advanceTimersByTimeAsync(1);
      expect(sut.state).toBe('half-open');
      expect(changes).toEqual(['open', 'half-open']);
    });

    it('gives the trial back after a neutral call, and neither closes nor opens', async () => {
      for (let count = 0; count < 3; count += 1) {
        await call('neutral');
        expect(sut.state).toBe('half-open');
      }
      expect(changes).toEqual([]);
      await call('success');
      expect(sut.state).toBe('closed');
    });

    it('waits for a trial for as long as it takes', async () => {
      const trial = begin();
      await jest.advanceTimersByTimeAsync(100 * MINUTE);
      expect(await isRefused()).toBe(true);
      await trial.finish('success');
      expect(sut.state).toBe('closed');
    });
  });

  describe('with calls from before it opened', () => {
    it.each<CallOutcome>(['success', 'failure', 'neutral'])(
      'is not moved by a late %s while open',
      async (late) => {
        const early = begin();
        await open();
        changes = [];
        await early.finish(late);
        expect(sut.state).toBe('open');
        await jest.advanceTimersByTimeAsync(RESET - 1);
        expect(sut.state).toBe('open');
        expect(changes).toEqual([]);
      },
    );

    it.each<CallOutcome>(['success', 'failure', 'neutral'])(
      'is not moved by a late %s while half-open, nor loses its trial',
      async (late) => {
        const early = begin();
        await halfOpen();
        await early.finish(late);
        expect(sut.state).toBe('half-open');
        const trial = begin();
        expect(await isRefused()).toBe(true);
        await trial.finish('success');
        expect(sut.state).toBe('closed');
      },
    );

    it('is not moved by late failures after it has closed again', async () => {
      const early = Array.from({ length: 10 }, begin);
      await halfOpen();
      await call('success');
      for (const pending of early) await pending.finish('failure');
      expect({ state: sut.state, failures: sut.consecutiveFailures }).toEqual({
        state: 'closed',
        failures: 0,
      });
    });

    it('hands their results to those who wait for them', async () => {
      const early = begin();
      await open();
      await early.finish('success');
      expect(await early.settled).toBe('success');
    });
  });

  it('counts failures of calls that ran side by side', async () => {
    const calls = Array.from({ length: 7 }, begin);
    for (const pending of calls) await pending.finish('failure');
    expect(sut.state).toBe('open');
    expect(changes).toEqual(['open']);
  });

  it('leaves no timer behind when it is shut down', async () => {
    await open();
    sut.shutdown();
    expect(jest.getTimerCount()).toBe(0);
    expect(await isRefused()).toBe(true);
  });
});

describe('CircuitBreaker with a threshold of its own', () => {
  it('opens on the first failure with a threshold of 1', async () => {
    const sut = new CircuitBreaker('strict', {
      failureThreshold: 1,
      resetTimeoutMs: RESET,
      policy: { ofResult: () => 'success', ofError: () => 'failure' },
    });
    await sut.run(() => Promise.reject(new Error('no'))).catch(() => undefined);
    expect(sut.state).toBe('open');
    sut.shutdown();
  });
});
