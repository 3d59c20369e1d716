/**
 * What time it is, behind an interface so that tests need not wait: for timestamps, for dates that people or other
 * servers write, and for ends that replicas share. It jumps when somebody sets the clock of the machine, forwards and
 * back.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export const Clock = Symbol('Clock');

/** How much time has passed: for windows, times to live and pauses within this process. It never goes back. */
export interface SteadyClock {
  /** Milliseconds since some moment of this process. */
  now(): number;
}

export const SteadyClock = Symbol('SteadyClock');

export const systemClock: Clock = { now: () => Date.now() };

export const systemSteadyClock: SteadyClock = { now: () => performance.now() };
