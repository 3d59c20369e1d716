const TRIES = 3;

export interface Measuring<T> {
  /** Makes what is worked on in one try, uncounted. */
  readonly prepare?: () => T | Promise<T>;
  /** When one try has taken no more microseconds than that, it is the last. */
  readonly enough?: number;
}

/** The CPU of this process so far, in microseconds. */
export function cpuSoFar(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The smallest amount of CPU of several tries, in microseconds: what the machine does besides is not counted. */
export async function leastCpuOf<T = void>(
  work: (prepared: T) => unknown,
  { prepare = () => undefined as T, enough = 0 }: Measuring<T> = {},
): Promise<number> {
  let least = Infinity;
  for (let tried = 0; tried < TRIES && least > enough; tried += 1) {
    const prepared = await prepare();
    const before = cpuSoFar();
    await work(prepared);
    least = Math.min(least, cpuSoFar() - before);
  }
  return least;
}
