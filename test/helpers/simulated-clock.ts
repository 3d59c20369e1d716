/**
 * From here on no time passes in this process but what the test lets pass. Sockets, other processes and `waitFor` go
 * on. `jest.useRealTimers()` ends it.
 */
export const simulateClock = (): void =>
  void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });

/** Does the work while no time-out of this process strikes, however busy the machine is. The clock itself goes on. */
export async function withoutTimeouts<T>(work: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({
    doNotFake: [
      ...(['Date', 'hrtime', 'performance', 'nextTick', 'queueMicrotask'] as const),
      ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
    ],
  });
  try {
    return await work();
  } finally {
    jest.useRealTimers();
  }
}
