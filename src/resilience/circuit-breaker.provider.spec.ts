import { register } from 'prom-client';
import { type ApplicationContext, createContext } from '../../test/helpers/application-context.js';
import type { CircuitBreaker, OutcomePolicy } from './circuit-breaker.js';
import { CircuitBreakerProvider } from './circuit-breaker.provider.js';

const POLICY: OutcomePolicy = { ofResult: () => 'success', ofError: () => 'failure' };
const fail = (breaker: CircuitBreaker): Promise<unknown> =>
  breaker.run(() => Promise.reject(new Error('no'))).catch(() => undefined);

describe(CircuitBreakerProvider.name, () => {
  let context: ApplicationContext;
  let sut: CircuitBreakerProvider;

  beforeEach(async () => {
    context = await createContext({
      env: { CIRCUIT_BREAKER_FAILURE_THRESHOLD: '2', CIRCUIT_BREAKER_RESET_TIMEOUT: '1000' },
    });
    sut = context.get(CircuitBreakerProvider);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await context.close();
  });

  const published = async (): Promise<number | undefined> => {
    const metric = await register.getSingleMetric('mcpo_circuit_breaker_state')?.get();
    return metric?.values[0]?.value;
  };

  it('has a summary, and the metric at 0, before there is any breaker', async () => {
    expect(sut.summary()).toEqual({
      state: 'closed',
      open: 0,
      total: 0,
      failureThreshold: 2,
      resetTimeoutMs: 1000,
    });
    expect(await published()).toBe(0);
  });

  it('makes breakers with the configured threshold', async () => {
    const breaker = sut.create('a', POLICY);
    await fail(breaker);
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it('shows the worst state of all: 0 closed, 1 half-open, 2 open', async () => {
    const [first, second] = [sut.create('a', POLICY), sut.create('b', POLICY)];
    sut.create('c', POLICY);
    await fail(first);
    await fail(first);
    expect(sut.summary()).toMatchObject({ state: 'open', open: 1, total: 3 });
    expect(await published()).toBe(2);

    await jest.advanceTimersByTimeAsync(1000);
    expect(sut.summary()).toMatchObject({ state: 'half-open', open: 0, total: 3 });
    expect(await published()).toBe(1);

    await fail(second);
    await fail(second);
    expect(sut.summary()).toMatchObject({ state: 'open', open: 1 });
    expect(await published()).toBe(2);

    await first.run(() => Promise.resolve());
    await jest.advanceTimersByTimeAsync(1000);
    await second.run(() => Promise.resolve());
    expect(sut.summary()).toMatchObject({ state: 'closed', open: 0 });
    expect(await published()).toBe(0);
  });

  it('logs every change of state with the name of the breaker', async () => {
    const breaker = sut.create('upstream-a', POLICY);
    await fail(breaker);
    await fail(breaker);
    await jest.advanceTimersByTimeAsync(1000);
    await breaker.run(() => Promise.resolve());
    const changes = context.logs().filter((line) => line['breaker'] === 'upstream-a');
    expect(changes.map(({ level, state }) => [level, state])).toEqual([
      ['WARN', 'open'],
      ['INFO', 'half-open'],
      ['INFO', 'closed'],
    ]);
  });

  it('forgets a breaker that is removed, and the metric with it', async () => {
    const breaker = sut.create('a', POLICY);
    await fail(breaker);
    await fail(breaker);
    sut.remove('a');
    expect(sut.summary()).toMatchObject({ state: 'closed', total: 0 });
    expect(await published()).toBe(0);
    expect(() => sut.create('a', POLICY)).not.toThrow();
  });

  it('does not make two breakers of one name', () => {
    sut.create('a', POLICY);
    expect(() => sut.create('a', POLICY)).toThrow(/a exists already/);
  });

  it('ends all timers at shutdown', async () => {
    const others = jest.getTimerCount();
    const breaker = sut.create('a', POLICY);
    await fail(breaker);
    await fail(breaker);
    expect(jest.getTimerCount()).toBeGreaterThan(others);
    sut.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(others);
  });
});
