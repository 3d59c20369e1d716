import { BreakerHarness, RESET_TIMEOUT_MS } from '../../test/helpers/breaker-harness.js';
import type { CallOutcome } from './circuit-breaker.js';

/** Calls that began before the breaker opened, and end afterwards. */
describe.each(['a value', 'an error'] as const)('CircuitBreaker with late calls, told by %s', (told) => {
  let sut: BreakerHarness;

  beforeEach(() => {
    jest.useFakeTimers();
    sut = new BreakerHarness(told);
  });
  afterEach(() => {
    sut.breaker.shutdown();
    jest.useRealTimers();
  });

  it.each<CallOutcome>(['success', 'failure', 'neutral'])(
    'is not moved by a late %s while open',
    async (late) => {
      const early = sut.begin();
      await sut.open();
      sut.changes = [];
      await early.finish(late);
      expect(sut.state).toBe('open');
      await jest.advanceTimersByTimeAsync(RESET_TIMEOUT_MS - 1);
      expect(sut.state).toBe('open');
      expect(sut.changes).toEqual([]);
    },
  );

  it.each<CallOutcome>(['success', 'failure', 'neutral'])(
    'is not moved by a late %s while half-open, nor loses its trial',
    async (late) => {
      const early = sut.begin();
      await sut.halfOpen();
      await early.finish(late);
      expect(sut.state).toBe('half-open');
      const trial = sut.begin();
      expect(await sut.isRefused()).toBe(true);
      await trial.finish('success');
      expect(sut.state).toBe('closed');
    },
  );

  it('is not moved by late failures after it has closed again', async () => {
    const early = Array.from({ length: 10 }, () => sut.begin());
    await sut.halfOpen();
    await sut.call('success');
    for (const pending of early) await pending.finish('failure');
    expect({ state: sut.state, failures: sut.breaker.consecutiveFailures }).toEqual({
      state: 'closed',
      failures: 0,
    });
  });

  it('hands their results to those who wait for them', async () => {
    const early = sut.begin();
    await sut.open();
    await early.finish('success');
    expect(await early.settled).toBe('success');
  });
});
