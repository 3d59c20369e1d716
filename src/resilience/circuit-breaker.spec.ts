import { BreakerHarness, RESET_TIMEOUT_MS } from '../../test/helpers/breaker-harness.js';
import {
  type BreakerOpenError,
  type BreakerState,
  type CallOutcome,
  CircuitBreaker,
} from './circuit-breaker.js';

const MINUTE = 60_000;

describe.each(['a value', 'an error'] as const)('CircuitBreaker, told by %s', (told) => {
  let sut: BreakerHarness;

  beforeEach(() => {
    jest.useFakeTimers();
    sut = new BreakerHarness(told);
  });
  afterEach(() => {
    sut.breaker.shutdown();
    jest.useRealTimers();
  });

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
      await sut.call(...outcomes);
      expect({ state: sut.state, failures: sut.breaker.consecutiveFailures }).toEqual({ state, failures });
      expect(sut.changes).toEqual(state === 'open' ? ['open'] : []);
    });

    it('opens on 5 failures in a row with a minute between each', async () => {
      for (let count = 0; count < 5; count += 1) {
        expect(sut.state).toBe('closed');
        await sut.call('failure');
        await jest.advanceTimersByTimeAsync(count < 4 ? MINUTE : 0);
      }
      expect(sut.state).toBe('open');
    });

    it('opens on 5 failures in a row among a thousand successes before', async () => {
      await sut.call(...Array.from({ length: 1000 }, () => 'success' as const));
      await sut.open();
      expect(sut.state).toBe('open');
    });

    it('hands values and errors through', async () => {
      const error = new Error('failure');
      await expect(sut.breaker.run(() => Promise.resolve('success'))).resolves.toBe('success');
      await expect(sut.breaker.run(() => Promise.reject(error))).rejects.toBe(error);
    });
  });

  describe('when open', () => {
    beforeEach(() => sut.open());

    it('refuses without calling, and says until when', async () => {
      expect(await sut.isRefused()).toBe(true);
      await jest.advanceTimersByTimeAsync(20_000);
      const error = (await sut.breaker
        .run(sut.act('success'))
        .catch((reason: unknown) => reason)) as BreakerOpenError;
      expect(error).toMatchObject({ breaker: 'upstream', retryAfterMs: 40_000 });
    });

    it('stays open until the reset time-out, to the millisecond', async () => {
      await jest.advanceTimersByTimeAsync(RESET_TIMEOUT_MS - 1);
      expect(sut.state).toBe('open');
      expect(await sut.isRefused()).toBe(true);
      await jest.advanceTimersByTimeAsync(1);
      expect(sut.state).toBe('half-open');
      expect(sut.changes).toEqual(['open', 'half-open']);
    });

    it('is not kept open by the calls that it refuses', async () => {
      for (let second = 0; second < 60; second += 1) {
        await sut.isRefused();
        await jest.advanceTimersByTimeAsync(1000);
      }
      expect(sut.state).toBe('half-open');
    });
  });

  describe('when half-open', () => {
    beforeEach(() => sut.halfOpen());

    it('lets one trial through and refuses the others meanwhile', async () => {
      const trial = sut.begin();
      expect([await sut.isRefused(), await sut.isRefused()]).toEqual([true, true]);
      await trial.finish('success');
      expect(await sut.isRefused()).toBe(false);
    });

    it('closes when the trial succeeds, and counts from 0', async () => {
      await sut.call('success');
      expect(sut.state).toBe('closed');
      expect(sut.changes).toEqual(['closed']);
      await sut.call('failure', 'failure', 'failure', 'failure');
      expect(sut.state).toBe('closed');
    });

    it('opens for another reset time-out when the trial fails', async () => {
      await sut.call('failure');
      expect(sut.state).toBe('open');
      expect(await sut.isRefused()).toBe(true);
      await jest.advanceTimersByTimeAsync(RESET_TIMEOUT_MS - 1);
      expect(sut.state).toBe('open');
      await jest.advanceTimersByTimeAsync(1);
      expect(sut.state).toBe('half-open');
      expect(sut.changes).toEqual(['open', 'half-open']);
    });

    it('gives the trial back after a neutral call, and neither closes nor opens', async () => {
      for (let count = 0; count < 3; count += 1) {
        await sut.call('neutral');
        expect(sut.state).toBe('half-open');
      }
      expect(sut.changes).toEqual([]);
      await sut.call('success');
      expect(sut.state).toBe('closed');
    });

    it('waits for a trial for as long as it takes', async () => {
      const trial = sut.begin();
      await jest.advanceTimersByTimeAsync(100 * MINUTE);
      expect(await sut.isRefused()).toBe(true);
      await trial.finish('success');
      expect(sut.state).toBe('closed');
    });
  });

  it('counts failures of calls that ran side by side', async () => {
    const calls = Array.from({ length: 7 }, () => sut.begin());
    for (const pending of calls) await pending.finish('failure');
    expect(sut.state).toBe('open');
    expect(sut.changes).toEqual(['open']);
  });

  it('leaves no timer behind when it is shut down', async () => {
    await sut.open();
    sut.breaker.shutdown();
    expect(jest.getTimerCount()).toBe(0);
    expect(await sut.isRefused()).toBe(true);
  });
});

describe('CircuitBreaker with a threshold of its own', () => {
  it('opens on the first failure with a threshold of 1', async () => {
    const sut = new CircuitBreaker('strict', {
      failureThreshold: 1,
      resetTimeoutMs: RESET_TIMEOUT_MS,
      policy: { ofResult: () => 'success', ofError: () => 'failure' },
    });
    await sut.run(() => Promise.reject(new Error('no'))).catch(() => undefined);
    expect(sut.state).toBe('open');
    sut.shutdown();
  });
});
