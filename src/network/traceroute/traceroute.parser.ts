import { isIP } from 'node:net';

/** The answer to one probe. */
export interface TracerouteProbe {
  readonly address: string;
  /** Round trip in milliseconds. */
  readonly ms: number;
  /** Kind of ICMP error other than "time exceeded", such as `!H` (host unreachable); see traceroute(8). */
  readonly annotation: string | null;
}

export interface TracerouteHop {
  readonly ttl: number;
  /** In the order of sending; `null` for a probe without an answer. */
  readonly probes: (TracerouteProbe | null)[];
}

/**
 * A line of `traceroute -n` (traceroute.sourceforge.net): the number of the hop, then for each probe `*`, or a time
 * that may be followed by a mark. An address stands before the first time that comes from it. `null` for other lines.
 */
export function parseTracerouteHop(line: string): TracerouteHop | null {
  const match = /^\s*(\d+)\s+(\S.*)$/.exec(line);
  if (!match) return null;
  const [, ttl, rest = ''] = match;
  const probes: (TracerouteProbe | null)[] = [];
  let address = '';
  const tokens = rest.trim().split(/\s+/);
  for (const [index, token] of tokens.entries()) {
    if (token === '*') probes.push(null);
    else if (tokens[index + 1] === 'ms') probes.push({ address, ms: Number(token), annotation: null });
    else if (token.startsWith('!')) annotate(probes, token);
    else if (isIP(token) !== 0) address = token;
  }
  return { ttl: Number(ttl), probes };
}

function annotate(probes: (TracerouteProbe | null)[], annotation: string): void {
  const last = probes.at(-1);
  if (last) probes[probes.length - 1] = { ...last, annotation };
}

/** Whether the trace has arrived: something at the target's own address has answered. */
export function hasReached(hops: readonly TracerouteHop[], address: string): boolean {
  return hops.some(({ probes }) => probes.some((probe) => probe?.address === address));
}
