import { isIpNetwork } from './ip-network.js';

const NAMED_RANGES: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** What Express calls `trust proxy`: a number of hops, a list of networks, or nobody. */
export type TrustProxy = number | readonly string[] | false;

/**
 * Reads TRUST_PROXY: `false`, `true` (one hop), a hop count, or a comma-separated list of addresses, CIDR networks and
 * the names loopback, linklocal, uniquelocal. Answers `undefined` for anything else.
 */
export function parseTrustProxy(text: string): TrustProxy | undefined {
  const value = text.trim().toLowerCase();
  if (value === 'false' || value === '0') return false;
  if (value === 'true') return 1;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const networks = value.split(',').map((item) => item.trim());
  return networks.every(isNetwork) ? networks : undefined;
}

const isNetwork = (item: string): boolean => NAMED_RANGES.has(item) || isIpNetwork(item);
