const TRIES = 3;

/** The CPU of this process so far, in microseconds. */
export function cpuSoFar(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * The smallest amount of CPU of several tries, in microseconds: what the machine does besides is not counted.
 *
 * @param prepare makes what is worked on in one try, uncounted
 */
export async function leastCpuOf<T = void>(
  work: (prepared: T) => unknown,
  prepare: () => T | Promise<T> = () => undefined as T,
): Promise<number> {
  let least = Infinity;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const prepared = await prepare();
    const before = cpuSoFar();
    await work(prepared);
    least = Math.min(least, cpuSoFar() - before);
  }
  return least;
}
