/** The counters of one interface and direction, as /proc/net/dev has them. */
export interface Counters {
  readonly bytes: bigint;
  readonly packets: bigint;
  readonly errors: bigint;
  readonly dropped: bigint;
}

export interface Sample {
  readonly rx: Counters;
  readonly tx: Counters;
}

/** Columns of a direction. */
const COLUMNS = 8;

/**
 * /proc/net/dev (net/core/net-procfs.c): two lines of heading, then a name, a colon, and for each direction bytes,
 * packets, errors, drops and four more, 64 bits each.
 */
export function parseNetDev(text: string): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const line of text.split('\n')) {
    const colon = line.lastIndexOf(':');
    if (colon === -1) continue;
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    if (numbers.length < 2 * COLUMNS || !numbers.every((number) => /^\d{1,20}$/.test(number))) continue;
    samples.set(line.slice(0, colon).trim(), {
      rx: countersAt(numbers, 0),
      tx: countersAt(numbers, COLUMNS),
    });
  }
  return samples;
}

function countersAt(numbers: readonly string[], at: number): Counters {
  const [bytes = '0', packets = '0', errors = '0', dropped = '0'] = numbers.slice(at, at + 4);
  return { bytes: BigInt(bytes), packets: BigInt(packets), errors: BigInt(errors), dropped: BigInt(dropped) };
}
