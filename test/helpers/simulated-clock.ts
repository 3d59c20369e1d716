/**
 * From here on no time passes in this process but what the test lets pass. Sockets, other processes and `waitFor` go
 * on. `jest.useRealTimers()` ends it.
 */
export const simulateClock = (): void =>
  void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });

/** So many times longer time-outs take in {@link withoutTimeouts}: 10 s, where a command to Redis has half a second. */
const SLOWER = 20;
const STEP_MS = 100;

/**
 * Does the work while hardly any time-out of this process strikes, however busy the machine is. The clock itself goes
 * on. Time-outs do too, slowly: a client that has to connect again waits for one.
 */
export async function withoutTimeouts<T>(work: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({
    doNotFake: [
      ...(['Date', 'hrtime', 'performance', 'nextTick', 'queueMicrotask'] as const),
      ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
    ],
  });
  const timer = setInterval(() => jest.advanceTimersByTime(STEP_MS / SLOWER), STEP_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    jest.useRealTimers();
  }
}
