const TRIES = 3;
/** A collection or a thread of the engine can fall into three tries that follow each other. */
const TRIES_FOR_ENOUGH = 12;

export interface Measuring<T> {
  /** Makes what is worked on in one try, uncounted. */
  readonly prepare?: () => T | Promise<T>;
  /** When one try has taken no more microseconds than that, it is the last. */
  readonly enough?: number;
}

/**
 * The CPU of this thread so far, in microseconds: that of the whole process counts what the collector and the compilers
 * of the engine do in threads of their own too, and that goes on while this one waits for its core.
 */
export function cpuSoFar(): number {
  // Linux brings the account of a thread up to date at each tick, some 4 ms, and whenever the whole process is asked.
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** The smallest amount of CPU that this thread takes in several tries, in microseconds. */
export async function leastCpuOf<T = void>(
  work: (prepared: T) => unknown,
  { prepare = () => undefined as T, enough }: Measuring<T> = {},
): Promise<number> {
  const tries = enough === undefined ? TRIES : TRIES_FOR_ENOUGH;
  let least = Infinity;
  for (let tried = 0; tried < tries && least > (enough ?? 0); tried += 1) {
    const prepared = await prepare();
    const before = cpuSoFar();
    await work(prepared);
    least = Math.min(least, cpuSoFar() - before);
  }
  return least;
}
