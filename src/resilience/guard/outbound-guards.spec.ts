import { register } from 'prom-client';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { DeadlinePassed } from '../../core/cancellation.js';
import { CircuitBreakerProvider } from '../circuit-breaker.provider.js';
import type { GuardedCall } from '../outbound.port.js';
import { type BreakerGuard, OutboundGuards } from './outbound-guards.service.js';

/** Answers and errors name their own outcome. */
const POLICY = {
  ofResult: (value: unknown) => (value === 'isError' ? 'neutral' : 'success'),
  ofError: (error: unknown) => ((error as Error).message === '404' ? 'neutral' : 'failure'),
} as const;

describe(OutboundGuards.name, () => {
  let context: ApplicationContext;
  let sut: BreakerGuard;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    context = await createContext({
      env: { CIRCUIT_BREAKER_FAILURE_THRESHOLD: '2', OUTBOUND_RETRIES: '2', ...env },
    });
    sut = context.get(OutboundGuards).create('alpha', { policy: POLICY });
  };
  const breaker = (): { state: string; consecutiveFailures: number } => {
    const [report] = context.get(CircuitBreakerProvider).list();
    return { state: report?.state ?? '', consecutiveFailures: report?.consecutiveFailures ?? -1 };
  };
  /** Answers the value, or the name and message of the error. */
  const run = (action: (signal: AbortSignal) => Promise<string>, call?: GuardedCall): Promise<string> =>
    sut.run(action, call).catch((error: Error) => `${error.name}: ${error.message}`);
  const fail = (message = '500'): Promise<string> => run(() => Promise.reject(new Error(message)));
  const never = (): Promise<string> => new Promise(() => undefined);
  const metric = async (name: string): Promise<Record<string, number>> => {
    const { values = [] } = (await register.getSingleMetric(name)?.get()) ?? {};
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  };

  afterEach(async () => {
    jest.useRealTimers();
    await context.close();
  });

  it('hands answers and errors through, and gives the place back', async () => {
    await start({ OUTBOUND_MAX_CONCURRENCY: '1', OUTBOUND_MAX_QUEUE: '0' });
    expect(await run(() => Promise.resolve('a'))).toBe('a');
    expect(await fail('404')).toBe('Error: 404');
    expect(await run(() => Promise.resolve('isError'))).toBe('isError');
    expect({ inFlight: sut.inFlight, queued: sut.queued }).toEqual({ inFlight: 0, queued: 0 });
  });

  it('counts calls by outcome, under the name of the upstream', async () => {
    await start({ OUTBOUND_MAX_CONCURRENCY: '1', OUTBOUND_MAX_QUEUE: '0' });
    await run(() => Promise.resolve('a'));
    await run(() => Promise.resolve('isError'));
    await fail('404');
    const work = Promise.withResolvers<string>();
    const running = run(() => work.promise);
    await run(() => Promise.resolve('b'));
    expect(await metric('mcpo_upstream_calls_in_flight')).toEqual({ alpha: 1 });
    work.resolve('c');
    await running;
    await run(never, { signal: AbortSignal.abort() });
    await run(never, { timeoutMs: 1 });
    await fail();
    await fail();
    expect(await metric('mcpo_upstream_calls_total')).toEqual({
      'alpha ok': 2,
      'alpha answered': 2,
      'alpha queue_full': 1,
      'alpha cancelled': 1,
      'alpha timeout': 1,
      'alpha failure': 1,
      'alpha circuit_open': 1,
    });
    expect(await metric('mcpo_upstream_calls_in_flight')).toEqual({ alpha: 0 });
    expect(await metric('mcpo_upstream_circuit_breaker_state')).toEqual({ alpha: 2 });
    context.get(OutboundGuards).remove('alpha');
    expect(await metric('mcpo_upstream_circuit_breaker_state')).toEqual({});
    expect(await metric('mcpo_upstream_calls_in_flight')).toEqual({});
  });

  it('takes a time-out of its own, and the deadline of the caller, for failures', async () => {
    await start();
    expect(await run(never, { timeoutMs: 1 })).toBe('OutboundTimeoutError: alpha did not answer in time');
    expect(breaker().consecutiveFailures).toBe(1);
    const controller = new AbortController();
    const late = run(never, { signal: controller.signal });
    controller.abort(new DeadlinePassed());
    expect(await late).toMatch(/^OutboundTimeoutError/);
    expect(breaker().state).toBe('open');
  });

  describe('with a deadline of the caller', () => {
    /** The timers that a call of 1000 ms begins whose caller has `deadlineMs` left. */
    const timersOf = async (deadlineMs: number | undefined): Promise<number> => {
      const controller = new AbortController();
      const deadlineAt = deadlineMs === undefined ? undefined : performance.now() + deadlineMs;
      const before = jest.getTimerCount();
      const begun = Promise.withResolvers<void>();
      const ended = run(() => (begun.resolve(), never()), {
        signal: controller.signal,
        deadlineAt,
        timeoutMs: 1000,
      });
      await begun.promise;
      const timers = jest.getTimerCount() - before;
      controller.abort(new Error('enough'));
      await ended;
      expect(jest.getTimerCount()).toBe(before);
      return timers;
    };

    it.each([
      ['none when that comes first', 999, 0],
      ['none when that comes at the same time', 1000, 0],
      ['one when its own limit comes first', 1001, 1],
      ['one when there is none', undefined, 1],
    ])('begins a timer of its own: %s', async (_what, deadlineMs, timers) => {
      await start();
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      expect(await timersOf(deadlineMs)).toBe(timers);
    });

    it('ends a call at its own limit where that comes first', async () => {
      await start();
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      const ended = run(never, { deadlineAt: performance.now() + 5000, timeoutMs: 1000 });
      await jest.advanceTimersByTimeAsync(1000);
      expect(await ended).toMatch(/^OutboundTimeoutError/);
      expect(breaker().consecutiveFailures).toBe(1);
    });
  });

  it('takes a cancellation, and a deadline that passed in the queue or soon after, for nobody’s failure', async () => {
    await start({ OUTBOUND_MAX_CONCURRENCY: '1' });
    const cancel = new AbortController();
    const cancelled = run(never, { signal: cancel.signal });
    const [inQueue, afterQueue] = [new AbortController(), new AbortController()];
    const queued = run(never, { signal: inQueue.signal });
    const begun = Promise.withResolvers<void>();
    const late = run(
      () => {
        begun.resolve();
        return never();
      },
      { signal: afterQueue.signal },
    );
    expect(sut.queued).toBe(2);
    inQueue.abort(new DeadlinePassed());
    expect(await queued).toMatch(/^OutboundCancelledError/);
    cancel.abort(new Error('enough'));
    expect(await cancelled).toMatch(/^OutboundCancelledError/);
    await begun.promise;
    afterQueue.abort(new DeadlinePassed());
    expect(await late).toMatch(/^OutboundCancelledError/);
    expect(breaker()).toEqual({ state: 'closed', consecutiveFailures: 0 });
  });

  it('tells the action when nobody waits any more', async () => {
    await start();
    const seen = Promise.withResolvers<unknown>();
    await run(
      (signal) => {
        signal.addEventListener('abort', () => seen.resolve(signal.reason));
        return never();
      },
      { timeoutMs: 1 },
    );
    expect(await seen.promise).toMatchObject({ name: 'OutboundTimeoutError' });
  });

  it('refuses at once while the breaker is open, without taking a place or calling', async () => {
    await start({ OUTBOUND_MAX_CONCURRENCY: '1', OUTBOUND_MAX_QUEUE: '5', OUTBOUND_RETRIES: '0' });
    await fail();
    await fail();
    let calls = 0;
    const refused = await Promise.all(
      Array.from({ length: 20 }, () => run(() => ((calls += 1), Promise.resolve('a')))),
    );
    expect(new Set(refused)).toEqual(new Set(['BreakerOpenError: The circuit breaker of alpha is open']));
    expect(calls).toBe(0);
  });

  describe('repeats', () => {
    const flaky = (
      failures: number,
      message = '500',
    ): { act: () => Promise<string>; calls: () => number } => {
      let calls = 0;
      return {
        act: () => {
          calls += 1;
          return calls <= failures ? Promise.reject(new Error(message)) : Promise.resolve('a');
        },
        calls: () => calls,
      };
    };

    it.each([
      ['a repeatable call twice, and it succeeds in the end', 2, { isRepeatable: true }, 3, 'a'],
      ['no more than twice', 3, { isRepeatable: true }, 3, 'Error: 500'],
      ['nothing that is not marked repeatable', 1, {}, 1, 'Error: 500'],
    ])('%s', async (_what, failures, call, calls, answer) => {
      await start();
      const upstream = flaky(failures);
      expect(await run(upstream.act, call)).toBe(answer);
      expect(upstream.calls()).toBe(calls);
      expect(breaker().consecutiveFailures).toBe(answer === 'a' ? 0 : 1);
      const repetitions = (await metric('mcpo_upstream_retries_total'))['alpha'] ?? 0;
      expect(repetitions).toBe(calls - 1);
    });

    it('no answer that says nothing about the upstream', async () => {
      await start();
      const upstream = flaky(1, '404');
      expect(await run(upstream.act, { isRepeatable: true })).toBe('Error: 404');
      expect(upstream.calls()).toBe(1);
    });

    it('nothing once the deadline has passed', async () => {
      await start();
      let calls = 0;
      const slow = (): Promise<string> => {
        calls += 1;
        return never();
      };
      expect(await run(slow, { isRepeatable: true, timeoutMs: 5 })).toMatch(/^OutboundTimeoutError/);
      expect(calls).toBe(1);
    });

    it('nothing that is the trial of a half-open breaker', async () => {
      await start({ CIRCUIT_BREAKER_RESET_TIMEOUT: '1000' });
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      await fail();
      await fail();
      await jest.advanceTimersByTimeAsync(1000);
      expect(breaker().state).toBe('half-open');
      const upstream = flaky(5);
      await run(upstream.act, { isRepeatable: true });
      expect({ calls: upstream.calls(), state: breaker().state }).toEqual({ calls: 1, state: 'open' });
    });
  });
});
