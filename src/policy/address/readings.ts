import { contains, type Ip, type Network, parseIp, parseNetwork } from './ip.js';

/** The four bytes of an IPv6 address, from the one with this number. */
const wordAt = ({ words }: Ip, byte: number): number => {
  const high = words[byte >> 2]!;
  const shift = (byte & 3) * 8;
  if (shift === 0) return high;
  return ((high << shift) | ((words[(byte >> 2) + 1] ?? 0) >>> (32 - shift))) >>> 0;
};

/** RFC 6052, 2.2: the byte with bits 64 to 71 is jumped over. */
const around = (ip: Ip, byte: number): number => {
  const before = 8 - byte;
  const kept = (0xffffffff << (32 - before * 8)) >>> 0;
  return ((wordAt(ip, byte) & kept) | ((wordAt(ip, 9) >>> (before * 8)) & ~kept)) >>> 0;
};

interface Carrier {
  readonly network: Network;
  readonly carried: (ip: Ip) => readonly number[];
}

const last = (ip: Ip): readonly number[] => [ip.words[3]!];
const carrier = (network: string, carried: Carrier['carried']): Carrier => ({
  network: parseNetwork(network),
  carried,
});

/** Where IPv6 addresses have an IPv4 address in them that packets may be sent on to. */
const CARRIERS: readonly Carrier[] = [
  // NAT64: RFC 6052, 2.1. Within RFC 8215 the length of the prefix is anybody's choice, and most readings are none.
  carrier('64:ff9b::/96', last),
  carrier('64:ff9b:1::/48', (ip) =>
    [around(ip, 6), around(ip, 7), wordAt(ip, 9), ...last(ip)].filter((word) => word > 0xffffff),
  ),
  // 6to4: RFC 3056, 2.
  carrier('2002::/16', (ip) => [wordAt(ip, 2)]),
  // Teredo: the server, and the client with its bits turned round (RFC 4380, 4).
  carrier('2001::/32', (ip) => [ip.words[1]!, ~ip.words[3]! >>> 0]),
  // Translated, and compatible: RFC 2765, 2.1; RFC 4291, 2.5.5.1.
  carrier('::ffff:0:0:0/96', last),
  carrier('::/96', (ip) => (ip.words[3]! > 1 ? last(ip) : [])),
];
const MAPPED = parseNetwork('::ffff:0:0/96');
/** The interface identifier of ISATAP: RFC 5214, 6.1. */
const ISATAP = new Set([0x00005efe, 0x02005efe]);

/**
 * Every address that something sent to this one may end at: itself first, an IPv4-mapped one as the IPv4 address that
 * it is, then the IPv4 addresses that it carries.
 *
 * @param address as in a Probe: the zone says nothing about the address.
 */
export function readingsOf(address: string): readonly [Ip, ...Ip[]] {
  const ip = parseIp(address.split('%', 1)[0]!);
  if (ip.family === 4) return [ip];
  if (contains(MAPPED, ip)) return [{ family: 4, words: last(ip) }];
  const carried = CARRIERS.filter(({ network }) => contains(network, ip)).flatMap((one) => one.carried(ip));
  if (ISATAP.has(ip.words[2]!)) carried.push(ip.words[3]!);
  return [ip, ...carried.map((word): Ip => ({ family: 4, words: [word] }))];
}
