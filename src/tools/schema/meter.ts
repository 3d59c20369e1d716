/** What one check in place may cost, in units of a tenth of a microsecond on a quiet machine of today. */
export const IN_PLACE_UNITS = 150_000;

/** Thrown through a check that has used up what it may cost here. */
export const SPENT = new Error('The check costs more than is allowed in place');

/** What the running check may still cost. Checks are synchronous, so there is never more than one. */
let left = Infinity;

/** Runs a check that may cost no more than so much. @throws SPENT */
export function metered<T>(units: number, check: () => T): T {
  left = units;
  try {
    return check();
  } finally {
    left = Infinity;
  }
}

/** Notes what is about to be done. @throws SPENT when that is too much */
export function spend(units: number): void {
  left -= units;
  if (left < 0) throw SPENT;
}
