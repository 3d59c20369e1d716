import { pause, retryDelayMs } from './retries.js';

describe(retryDelayMs.name, () => {
  it.each([
    [1, 200],
    [2, 400],
    [3, 800],
  ])('before repetition %d is anything from nothing to %d ms', (attempt, most) => {
    expect([0, 0.5, 0.999999].map((random) => retryDelayMs(attempt, () => random))).toEqual([
      0,
      most / 2,
      most - 1,
    ]);
  });

  it('differs from one caller to the next', () => {
    expect(new Set(Array.from({ length: 50 }, () => retryDelayMs(3))).size).toBeGreaterThan(10);
  });
});

describe(pause.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('ends early when its signal aborts, and leaves no timer', async () => {
    const controller = new AbortController();
    const waiting = pause(60_000, controller.signal);
    expect(jest.getTimerCount()).toBe(1);
    controller.abort();
    await waiting;
    await pause(60_000, controller.signal);
    expect(jest.getTimerCount()).toBe(0);
  });
});
