import { addressFromHostWords, prefixLengthFromHostWord } from '../host/kernel-address.js';
import type { FibLeaf } from './fib-trie.parser.js';
import type { Route } from './route.schema.js';

const RTF_REJECT = 0x200;
const NO_ADDRESS = '00000000';

/**
 * The lines of /proc/net/route: the main IPv4 table (net/ipv4/fib_trie.c, fib_route_seq_show). Numbers are
 * hexadecimal words in the byte order of the host; a route without an interface has `*`, of a multipath route only the
 * first hop is shown, and a gateway of the other family appears as none.
 *
 * @param leaves - /proc/net/fib_trie, the only file of procfs that has types and scopes.
 */
export function routesFromProcRoute(lines: readonly string[], leaves: readonly FibLeaf[]): Route[] {
  return lines.flatMap((line) => {
    const [device, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
    if (device === undefined || destination === undefined || gateway === undefined || mask === undefined)
      return [];
    if (device === 'Iface') return [];
    const cidr = `${addressFromHostWords(destination)}/${prefixLengthFromHostWord(mask)}`;
    const isDropped = device === '*';
    const isRejected = (Number.parseInt(flags ?? '0', 16) & RTF_REJECT) !== 0;
    const known = leaves.filter((leaf) => leaf.destination === cidr && isOfKind(leaf, isDropped, isRejected));
    const route: Route = {
      family: 'ipv4',
      type:
        soleValue(known.map(({ type }) => type)) ?? (isDropped ? (isRejected ? 'reject' : null) : 'unicast'),
      destination: cidr,
      sourcePrefix: null,
      gateway: gateway === NO_ADDRESS ? null : addressFromHostWords(gateway),
      interface: isDropped ? null : device,
      metric: Number(metric ?? 0),
      protocol: null,
      scope: soleValue(known.map(({ scope }) => scope)),
      preferredSource: null,
      flags: [],
      nextHops: [],
    };
    return [route];
  });
}

/** The trie lists several routes to one destination without saying which is which: tell them apart by their kind. */
function isOfKind({ type }: FibLeaf, isDropped: boolean, isRejected: boolean): boolean {
  switch (type) {
    case 'unreachable':
    case 'prohibit':
      return isDropped && isRejected;
    case 'blackhole':
    case 'throw':
      return isDropped && !isRejected;
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
