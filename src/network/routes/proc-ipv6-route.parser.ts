import { addressFromNetworkHex } from '../host/kernel-address.js';
import type { NextHop, Route } from './route.schema.js';

/** Flags of include/uapi/linux/{route,ipv6_route}.h. */
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;
const RTF_DYNAMIC = 0x10;
const RTF_ADDRCONF = 0x40000;
const RTF_ANYCAST = 0x100000;
const RTF_CACHE = 0x1000000;
const RTF_LOCAL = 0x80000000;
/** The kernel's own last resort, `unreachable default`, is in no table. */
const NULL_ENTRY_METRIC = 0xffffffff;

interface Entry {
  readonly route: Route;
  readonly flags: number;
}

/**
 * The lines of /proc/net/ipv6_route (net/ipv6/ip6_fib.c, ipv6_route_native_seq_show): destination and its prefix
 * length, source and its prefix length, next hop, metric, reference count, use count and flags, all in hexadecimal,
 * and the interface. The file has every table: what belongs to the local one is left out here. Routes of one
 * destination come together.
 */
export class ProcIpv6Routes {
  private entries: Entry[] = [];
  private readonly take: (route: Route) => void;

  constructor(take: (route: Route) => void) {
    this.take = take;
  }

  add(line: string): void {
    const entry = parseLine(line);
    if (entry === null) return;
    if (this.entries[0]?.route.destination !== entry.route.destination) this.end();
    this.entries.push(entry);
  }

  end(): void {
    for (const route of mergeMultipath(this.entries)) this.take(route);
    this.entries = [];
  }
}

/** All at once. */
export function routesFromProcIpv6(lines: readonly string[]): Route[] {
  const routes: Route[] = [];
  const parser = new ProcIpv6Routes((route) => routes.push(route));
  for (const line of lines) parser.add(line);
  parser.end();
  return routes;
}

function parseLine(line: string): Entry | null {
  const [destination, prefix, source, sourcePrefix, gateway, metric, , , flagsHex, device] = line
    .trim()
    .split(/\s+/);
  if (destination === undefined || prefix === undefined || source === undefined || sourcePrefix === undefined)
    return null;
  if (gateway === undefined || metric === undefined || flagsHex === undefined || device === undefined)
    return null;
  const flags = Number.parseInt(flagsHex, 16);
  const prefixLength = Number.parseInt(prefix, 16);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const isMulticast = destination.startsWith('ff');
  const isNullEntry = Number.parseInt(metric, 16) === NULL_ENTRY_METRIC;
  if (has(RTF_LOCAL) || has(RTF_ANYCAST) || has(RTF_CACHE) || isMulticast || isNullEntry) return null;
  const sourceLength = Number.parseInt(sourcePrefix, 16);
  const route: Route = {
    family: 'ipv6',
    type: has(RTF_REJECT) ? 'reject' : 'unicast',
    destination: `${addressFromNetworkHex(destination)}/${prefixLength}`,
    sourcePrefix: sourceLength === 0 ? null : `${addressFromNetworkHex(source)}/${sourceLength}`,
    gateway: has(RTF_GATEWAY) ? addressFromNetworkHex(gateway) : null,
    interface: device,
    metric: Number.parseInt(metric, 16),
    protocol: null,
    scope: null,
    preferredSource: null,
    flags: [],
    nextHops: [],
    ...(prefixLength === 0 && { default: true }),
  };
  return { route, flags };
}

/**
 * A multipath route is one line for each of its hops. As in the kernel (rt6_qualify_for_ecmp), entries with the same
 * destination and metric are hops of one route when they have a gateway that a person or a daemon has set.
 */
function mergeMultipath(entries: readonly Entry[]): Route[] {
  const groups = new Map<string, Route[]>();
  for (const [position, { route, flags }] of entries.entries()) {
    const qualifies = (flags & (RTF_GATEWAY | RTF_ADDRCONF | RTF_DYNAMIC)) === RTF_GATEWAY;
    const { destination, sourcePrefix, metric } = route;
    const key = qualifies ? `${destination} ${sourcePrefix} ${metric}` : String(position);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [route]);
    else group.push(route);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    return [{ ...first, gateway: null, interface: null, nextHops: group.map(toNextHop) }];
  });
}

function toNextHop({ gateway, interface: device }: Route): NextHop {
  return { gateway, interface: device, weight: null };
}
