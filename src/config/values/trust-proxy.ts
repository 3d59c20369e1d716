import ipaddr from 'ipaddr.js';
import { isIpNetwork } from './ip-network.js';

const NAMED_RANGES: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/**
 * The largest networks that somebody has alone: 10.0.0.0/8 and fc00::/7 (RFC 1918, RFC 4193). Whoever trusts a larger
 * one trusts strangers to say where they come from.
 */
const LARGEST = { ipv4: 8, ipv6: 7 } as const;
/** IPv4 as IPv6 writes it (RFC 4291, 2.5.5.2). */
const MAPPED = { address: ipaddr.IPv6.parse('::ffff:0:0'), prefix: 96 } as const;

/** What Express calls `trust proxy`: a number of hops, a list of networks, or nobody. */
export type TrustProxy = number | readonly string[] | false;

/**
 * Reads TRUST_PROXY: `false`, `true` (one hop), a hop count, or a comma-separated list of addresses, CIDR networks and
 * the names loopback, linklocal, uniquelocal. No network may hold strangers. Answers `undefined` for anything else.
 */
export function parseTrustProxy(text: string): TrustProxy | undefined {
  const value = text.trim().toLowerCase();
  if (value === 'false' || value === '0') return false;
  if (value === 'true') return 1;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const networks = value.split(',').map((item) => item.trim());
  return networks.every(isNetwork) ? networks : undefined;
}

const isNetwork = (item: string): boolean =>
  NAMED_RANGES.has(item) || (isIpNetwork(item) && (!item.includes('/') || isOfOneOwner(item)));

function isOfOneOwner(network: string): boolean {
  const [address, prefix] = ipaddr.parseCIDR(network);
  if (prefix < LARGEST[address.kind()]) return false;
  if (!(address instanceof ipaddr.IPv6) || prefix >= MAPPED.prefix + LARGEST.ipv4) return true;
  return !MAPPED.address.match(address, Math.min(prefix, MAPPED.prefix));
}
