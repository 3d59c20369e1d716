import type { TracerouteHop, TracerouteProbe } from './traceroute.parser.js';

/** One address that has answered at a hop. */
export interface Responder {
  readonly address: string;
  readonly answers: number;
  /** Milliseconds. */
  readonly avgMs: number;
}

export type Ending = 'finished' | 'cut off';

/**
 * Whether the target has answered. traceroute goes on until a hop has given a final answer, which is any but "time
 * exceeded": the last hop tells, where it is not merely the last that was to be tried. A final answer without a mark is
 * an arrival, from whichever of its addresses the target sends it; one with a mark is an arrival from the target alone.
 * An address of the target that appears on the way, with nothing behind it, is none.
 */
export function hasReached(
  hops: readonly TracerouteHop[],
  address: string,
  { ending = 'finished', maxHops = 30 }: { ending?: Ending; maxHops?: number } = {},
): boolean {
  const last = hops.at(-1);
  if (last === undefined || ending === 'cut off') return false;
  const answers = answersOf(last);
  if (answers.some((answer) => answer.address === address)) return true;
  const isFinal = answers.length > 0 && answers.every(({ annotation }) => annotation === null);
  return isFinal && last.ttl < maxHops;
}

/** Every address that has answered, in the order in which they did. */
export function respondersOf(hop: TracerouteHop): Responder[] {
  return [...Map.groupBy(answersOf(hop), ({ address }) => address)].map(([address, answers]) => ({
    address,
    answers: answers.length,
    avgMs: round(answers.reduce((sum, { ms }) => sum + ms, 0) / answers.length),
  }));
}

/** Share of the probes without an answer, 0 to 100. */
export function lossPercentOf({ probes }: TracerouteHop): number {
  const lost = probes.filter((probe) => probe === null).length;
  return probes.length === 0 ? 0 : round((lost / probes.length) * 100);
}

/**
 * A router that answers at several hops with another one between them. Hops beside each other with one address are no
 * loop: a router may pass packets on without counting them down.
 */
export function loopsIn(hops: readonly TracerouteHop[]): string[] {
  const seen = new Map<string, number[]>();
  for (const hop of hops) {
    for (const { address } of respondersOf(hop)) seen.set(address, [...(seen.get(address) ?? []), hop.ttl]);
  }
  const isLoop = (ttls: readonly number[]): boolean => ttls.at(-1)! - ttls[0]! >= ttls.length;
  return [...seen]
    .filter(([, ttls]) => isLoop(ttls))
    .map(([address, ttls]) => `${address} (hops ${ttls.join(', ')})`);
}

function answersOf({ probes }: TracerouteHop): TracerouteProbe[] {
  return probes.filter((probe) => probe !== null);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
