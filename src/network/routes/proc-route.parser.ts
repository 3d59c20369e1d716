import { addressFromHostWords, prefixLengthFromHostWord } from '../host/kernel-address.js';
import type { FibLeaf } from './fib-trie.parser.js';
import type { Route } from './route.schema.js';

const RTF_REJECT = 0x200;
const NO_ADDRESS = '00000000';

/**
 * A line of /proc/net/route: the main IPv4 table (net/ipv4/fib_trie.c, fib_route_seq_show). Numbers are hexadecimal
 * words in the byte order of the host; a route without an interface has `*`, of a multipath route only the first hop is
 * shown, and a gateway of the other family appears as none. `null` for the heading.
 */
export function routeFromProcRoute(line: string): Route | null {
  const [device, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
  if (device === undefined || destination === undefined || gateway === undefined || mask === undefined) {
    return null;
  }
  if (device === 'Iface') return null;
  const prefixLength = prefixLengthFromHostWord(mask);
  const isDropped = device === '*';
  const isRejected = (Number.parseInt(flags ?? '0', 16) & RTF_REJECT) !== 0;
  return {
    family: 'ipv4',
    type: isDropped ? (isRejected ? 'reject' : null) : 'unicast',
    destination: `${addressFromHostWords(destination)}/${prefixLength}`,
    sourcePrefix: null,
    gateway: gateway === NO_ADDRESS ? null : addressFromHostWords(gateway),
    interface: isDropped ? null : device,
    // Some kernels print it with a sign.
    metric: Number(metric ?? 0) >>> 0,
    protocol: null,
    scope: null,
    preferredSource: null,
    flags: [],
    nextHops: [],
    ...(prefixLength === 0 && { default: true }),
  };
}

/** The ways in which both files tell routes apart. */
type Kind = 'forwarded' | 'rejected' | 'dropped';

/** What the leaves of one kind to one destination agree on. */
interface Known {
  readonly type: string | null;
  readonly scope: string | null;
}

/**
 * What the trie tells of types and scopes. It lists the routes to one destination without saying which is which: they
 * are told apart by their kind, and what those of a kind do not agree on stays open.
 */
export class FibLeaves {
  private readonly known = new Map<string, Known>();

  add({ destination, type, scope }: FibLeaf): void {
    const kind = kindOfLeaf(type);
    if (kind === null) return;
    const key = `${kind} ${destination}`;
    const { type: otherType, scope: otherScope } = this.known.get(key) ?? { type, scope };
    this.known.set(key, {
      type: type === otherType ? type : null,
      scope: scope === otherScope ? scope : null,
    });
  }

  /** The route with its type and scope, as far as they are known. */
  complete(route: Route): Route {
    const known = this.known.get(`${kindOfRoute(route)} ${route.destination}`);
    return { ...route, type: known?.type ?? route.type, scope: known?.scope ?? null };
  }
}

/**
 * All at once.
 *
 * @param leaves - /proc/net/fib_trie, the only file of procfs that has types and scopes.
 */
export function routesFromProcRoute(lines: readonly string[], leaves: readonly FibLeaf[]): Route[] {
  const known = new FibLeaves();
  for (const leaf of leaves) known.add(leaf);
  return lines
    .map(routeFromProcRoute)
    .filter((route) => route !== null)
    .map((route) => known.complete(route));
}

function kindOfLeaf(type: string): Kind | null {
  switch (type) {
    case 'unreachable':
    case 'prohibit':
      return 'rejected';
    case 'blackhole':
    case 'throw':
      return 'dropped';
    case 'local':
    case 'broadcast':
      // While no rule has been added, the local table shares the trie of the main one; it is not in /proc/net/route.
      return null;
    default:
      return 'forwarded';
  }
}

function kindOfRoute({ interface: device, type }: Route): Kind {
  if (device !== null) return 'forwarded';
  return type === 'reject' ? 'rejected' : 'dropped';
}
