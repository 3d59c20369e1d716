/** Time behind an interface, so that windows and time-outs can be tested without waiting for them. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export const Clock = Symbol('Clock');

export const systemClock: Clock = { now: () => Date.now() };
