import type { Counters } from './proc-net-dev.parser.js';

const BITS_32 = 1n << 32n;
const BITS_64 = 1n << 64n;

/** What lies between two samples of a direction; `null` for a counter that began anew. */
export interface Difference {
  readonly counts: Readonly<Record<keyof Counters, bigint | null>>;
  /** Of those that wrapped or began anew. */
  readonly remarks: readonly string[];
}

const NAMES = ['bytes', 'packets', 'errors', 'dropped'] as const;

/**
 * Drivers with counters of 32 bits begin at 0 again behind 4 GiB: such a counter has fallen from the upper half of its
 * range, and the others have not. Where several fall, the interface or its driver has begun anew.
 */
export function differenceOf(before: Counters, after: Counters): Difference {
  const fallen = NAMES.filter((name) => after[name] < before[name]);
  const remarks: string[] = [];
  const counts = {} as Record<keyof Counters, bigint | null>;
  for (const name of NAMES) {
    const [low, high] = [before[name], after[name]];
    const width = low < BITS_32 ? BITS_32 : BITS_64;
    if (high >= low) counts[name] = fallen.length > 1 ? null : high - low;
    else if (fallen.length === 1 && low >= width / 2n) {
      counts[name] = high + width - low;
      remarks.push(`${name} wrapped at ${width === BITS_32 ? 32 : 64} bits`);
    } else {
      counts[name] = null;
      remarks.push(`${name} began anew`);
    }
  }
  return { counts, remarks };
}
