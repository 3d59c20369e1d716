import type { PathMtuFinding, PathMtuHop } from './path-mtu.schema.js';

/** What became of an echo request of one size that may not be fragmented. */
export type Echoed =
  | { readonly fate: 'answered'; readonly ms: number | null }
  | { readonly fate: 'too_big'; readonly hop: PathMtuHop }
  | { readonly fate: 'silent' };

/** Sends one request of each size at the same time. @param patienceMs - how long each is waited for. */
export type Ask = (sizes: readonly number[], patienceMs: number) => Promise<Echoed[]>;

/** Sizes of one round of the search: each round leaves a ninth. */
const AT_ONCE = 8;
const MAX_ROUNDS = 12;
/** Hops that lower the size one after the other. */
const MAX_LOWERED = 8;
const FIRST_PATIENCE_MS = 2000;

const FOUND = { blackHole: null, method: 'ping', remarks: [] as string[] } as const;

/**
 * The largest packet that is answered, by echo requests.
 *
 * @param small - bytes of a packet that every link takes.
 * @param large - of the largest that the first link takes.
 */
export async function searchMtu(
  ask: Ask,
  small: number,
  large: number,
  until: AbortSignal,
): Promise<PathMtuFinding> {
  const limitedBy: PathMtuHop[] = [];
  let size = large;
  let [first, whole] = await ask([small, size], FIRST_PATIENCE_MS);
  for (let lowered = 0; whole?.fate === 'too_big' && lowered < MAX_LOWERED; lowered += 1) {
    const { hop } = whole;
    limitedBy.push(hop);
    // Routers of old say 0 (RFC 1191, section 5).
    if (hop.mtu >= size || hop.mtu <= small) break;
    size = hop.mtu;
    [whole] = await ask([size], FIRST_PATIENCE_MS);
  }
  if (whole?.fate === 'answered') return { ...FOUND, verdict: 'found', mtu: size, limitedBy };
  // One may get lost.
  const patienceMs = first?.fate === 'answered' ? patienceOf(first.ms) : FIRST_PATIENCE_MS;
  if (!until.aborted) [first, whole] = await ask([small, size], patienceMs);
  if (whole?.fate === 'answered') return { ...FOUND, verdict: 'found', mtu: size, limitedBy };
  if (until.aborted) return { ...FOUND, verdict: 'unfinished', mtu: null, limitedBy };
  if (first?.fate !== 'answered') return { ...FOUND, verdict: 'unanswered', mtu: null, limitedBy };
  return narrow(ask, { low: small, high: size, patienceMs: patienceOf(first.ms), limitedBy }, until);
}

/** A good deal more than the round trip of a small packet. */
const patienceOf = (ms: number | null): number =>
  Math.min(FIRST_PATIENCE_MS, 500 + Math.ceil(4 * (ms ?? 375)));

interface Range {
  /** Answered. */
  low: number;
  /** Silent. */
  high: number;
  readonly patienceMs: number;
  readonly limitedBy: PathMtuHop[];
}

async function narrow(ask: Ask, range: Range, until: AbortSignal): Promise<PathMtuFinding> {
  const { patienceMs, limitedBy } = range;
  for (let round = 0; range.high - range.low > 1 && round < MAX_ROUNDS && !until.aborted; round += 1) {
    const sizes = between(range.low, range.high);
    const fates = await ask(sizes, patienceMs);
    const answered = sizes.filter((_size, index) => fates[index]?.fate === 'answered');
    range.low = Math.max(range.low, ...answered);
    const silent = sizes.filter((size, index) => fates[index]?.fate !== 'answered' && size > range.low);
    range.high = Math.min(range.high, ...silent);
  }
  const { low, high } = range;
  if (high - low > 1) {
    const remarks = [`The time was up: the limit is between ${low} and ${high} bytes.`];
    return { ...FOUND, verdict: 'unfinished', mtu: low, limitedBy, remarks };
  }
  const [again] = until.aborted ? [] : await ask([high], patienceMs);
  const remarks =
    again?.fate === 'answered'
      ? [`${high} bytes were answered at the second try: packets get lost, too.`]
      : [];
  const blackHole = { largestAnswered: low, smallestSilent: high };
  return { ...FOUND, verdict: 'black_hole', mtu: low, limitedBy, blackHole, remarks };
}

/** Sizes that part the range evenly, without its ends. */
export function between(low: number, high: number): number[] {
  const step = (high - low) / (AT_ONCE + 1);
  const sizes = Array.from({ length: AT_ONCE }, (_, index) => Math.round(low + step * (index + 1)));
  return [...new Set(sizes)].filter((size) => size > low && size < high);
}
