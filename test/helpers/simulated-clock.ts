/**
 * From here on no time passes in this process but what the test lets pass: no time-out strikes because the machine is
 * busy. Sockets, other processes and `waitFor` go on. `jest.useRealTimers()` ends it.
 */
export const simulateClock = (): void =>
  void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });

/** Does the work while no time passes. */
export async function withoutTime<T>(work: () => Promise<T>): Promise<T> {
  simulateClock();
  try {
    return await work();
  } finally {
    jest.useRealTimers();
  }
}
