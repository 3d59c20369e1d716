const TRIES = 3;

/** The CPU of this process so far, in microseconds. */
export function cpuSoFar(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The smallest amount of CPU of several tries, in microseconds: what the machine does besides is not counted. */
export async function leastCpuOf(work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const before = cpuSoFar();
    await work();
    least = Math.min(least, cpuSoFar() - before);
  }
  return least;
}
