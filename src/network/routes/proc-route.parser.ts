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

/** The route with its type and scope, as far as the leaves of its destination tell. */
export function withLeaves(route: Route, leaves: readonly FibLeaf[]): Route {
  const known = leaves.filter((leaf) => isOfKind(leaf, route));
  return {
    ...route,
    type: soleValue(known.map(({ type }) => type)) ?? route.type,
    scope: soleValue(known.map(({ scope }) => scope)),
  };
}

/**
 * All at once.
 *
 * @param leaves - /proc/net/fib_trie, the only file of procfs that has types and scopes.
 */
export function routesFromProcRoute(lines: readonly string[], leaves: readonly FibLeaf[]): Route[] {
  const byDestination = Map.groupBy(leaves, ({ destination }) => destination);
  return lines
    .map(routeFromProcRoute)
    .filter((route) => route !== null)
    .map((route) => withLeaves(route, byDestination.get(route.destination) ?? []));
}

/** The trie lists several routes to one destination without saying which is which: tell them apart by their kind. */
function isOfKind(leaf: FibLeaf, route: Route): boolean {
  const isDropped = route.interface === null;
  switch (leaf.type) {
    case 'unreachable':
    case 'prohibit':
      return isDropped && route.type === 'reject';
    case 'blackhole':
    case 'throw':
      return isDropped && route.type === null;
    case 'local':
    case 'broadcast':
      // While no rule has been added, the local table shares the trie of the main one; it is not in /proc/net/route.
      return false;
    default:
      return !isDropped;
  }
}

function soleValue(values: readonly string[]): string | null {
  return new Set(values).size === 1 ? (values[0] ?? null) : null;
}
