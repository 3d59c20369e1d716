import { isIP } from 'node:net';

/** The answer to one probe. */
export interface TracerouteProbe {
  readonly address: string;
  /** Round trip in milliseconds. */
  readonly ms: number;
  /** Kind of ICMP error other than "time exceeded", such as `!H` (host unreachable); see traceroute(8). */
  readonly annotation: string | null;
  /** Labels of MPLS that the probe carried there (RFC 4950), outermost first. */
  readonly mpls: readonly MplsLabel[];
}

export interface MplsLabel {
  readonly label: number;
  readonly ttl: number;
}

export interface TracerouteHop {
  readonly ttl: number;
  /** In the order of sending; `null` for a probe without an answer. */
  readonly probes: (TracerouteProbe | null)[];
}

const HOP = /^\s*(\d+)\s+(\S.*)$/;
/** Less than nothing where the clock was set meanwhile. */
const TIME = /^-?\d+(?:\.\d+)?$/;
/** inetutils writes no blank before the unit. */
const TIME_WITH_UNIT = /^(-?\d+(?:\.\d+)?)ms$/;
const MPLS = /^<MPLS:([^<>]+)>$/;

/**
 * A line of `traceroute -n` (of Dmitry Butskoy, inetutils or BusyBox): the number of the hop, then for each probe `*`,
 * or a time that may be followed by a mark. An address stands before the first time that comes from it. `null` for
 * other lines.
 */
export function parseTracerouteHop(line: string): TracerouteHop | null {
  const match = HOP.exec(line);
  if (!match) return null;
  const [, ttl, rest = ''] = match;
  const probes: (TracerouteProbe | null)[] = [];
  let address = '';
  let mpls: readonly MplsLabel[] = [];
  const tokens = rest.trim().split(/\s+/);
  for (const [index, token] of tokens.entries()) {
    const ms = tokens[index + 1] === 'ms' && TIME.test(token) ? token : TIME_WITH_UNIT.exec(token)?.[1];
    if (token === '*') probes.push(null);
    else if (ms !== undefined && address !== '')
      probes.push({ address, ms: Number(ms), annotation: null, mpls });
    else if (token.startsWith('!')) annotate(probes, token);
    else if (MPLS.test(token)) mpls = labelsOf(token);
    else if (isIP(token) !== 0) {
      address = token;
      mpls = [];
    }
  }
  return probes.length === 0 ? null : { ttl: Number(ttl), probes };
}

function annotate(probes: (TracerouteProbe | null)[], annotation: string): void {
  const last = probes.at(-1);
  // A bare one says that the answer came with a time to live of 1: an arrival like others.
  if (last && annotation !== '!') probes[probes.length - 1] = { ...last, annotation };
}

/** `<MPLS:L=24001,E=0,S=0,T=1/L=24002,E=0,S=1,T=1>`. */
function labelsOf(token: string): MplsLabel[] {
  return (MPLS.exec(token)?.[1] ?? '').split('/').map((entry) => {
    const fields = new Map(entry.split(',').map((field) => field.split('=') as [string, string]));
    return { label: Number(fields.get('L') ?? 0), ttl: Number(fields.get('T') ?? 0) };
  });
}
