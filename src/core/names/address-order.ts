import { createSocket } from 'node:dgram';
import { parseAddress } from '../ip-address.js';
import type { TargetAddress } from './target-address.js';

/** Any: nothing is sent there. */
const PORT = 9;

/**
 * The address that the kernel would send from; `null` where there is no route. A UDP socket is connected, which sends
 * nothing.
 */
export async function sourceFor({ address, family }: TargetAddress): Promise<string | null> {
  const socket = createSocket(family === 'ipv4' ? 'udp4' : 'udp6');
  const { promise, resolve } = Promise.withResolvers<string | null>();
  socket.once('error', () => resolve(null));
  socket.connect(PORT, address, (error?: Error) => resolve(error ? null : socket.address().address));
  const source = await promise;
  socket.close();
  return source;
}

/**
 * IPv6 before IPv4, unless there is no way for it: RFC 6724, 6, rules 1 and 2, to the extent that they tell the
 * families apart. The order within a family stays.
 */
export async function inOrder(
  addresses: readonly TargetAddress[],
  source: typeof sourceFor = sourceFor,
): Promise<TargetAddress[]> {
  const ipv6 = addresses.filter(({ family }) => family === 'ipv6');
  const ipv4 = addresses.filter(({ family }) => family === 'ipv4');
  const [first6] = ipv6;
  const [first4] = ipv4;
  if (first6 === undefined || first4 === undefined) return [...addresses];
  const [from6, from4] = await Promise.all([source(first6), source(first4)]);
  const isIpv6Fit = from6 !== null && hasScopeFor(from6, first6.address);
  return isIpv6Fit || from4 === null ? [...ipv6, ...ipv4] : [...ipv4, ...ipv6];
}

const LOCAL_RANGES: ReadonlySet<string> = new Set(['loopback', 'linkLocal', 'uniqueLocal']);

/** A local address is no source for what is not of its kind. */
function hasScopeFor(source: string, destination: string): boolean {
  const rangeOf = (address: string): string => parseAddress(address.split('%', 1)[0]!).range();
  const range = rangeOf(source);
  return !LOCAL_RANGES.has(range) || range === rangeOf(destination);
}
