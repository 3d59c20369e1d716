import { endianness } from 'node:os';

export const FAMILIES = ['ipv4', 'ipv6'] as const;

export type Family = (typeof FAMILIES)[number];

type Endianness = 'BE' | 'LE';

const HOST_ORDER = endianness();
/** The groups of an IPv4-mapped IPv6 address that come before the IPv4 one (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX = '0:0:0:0:0:65535';

/**
 * An address as /proc/net/{tcp,udp,route} print it: 32-bit words in hexadecimal, each in the byte order of the host.
 * Eight digits are IPv4, thirty-two are IPv6.
 */
export function addressFromHostWords(hex: string, order: Endianness = HOST_ORDER): string {
  if (hex.length === 8) return ipv4Text(hostWord(hex, 0, order));
  const groups: number[] = [];
  for (let at = 0; at < hex.length; at += 8) {
    const word = hostWord(hex, at, order);
    groups.push(word >>> 16, word & 0xffff);
  }
  return ipv6Text(groups);
}

/** An address as /proc/net/{if_inet6,ipv6_route} print it: hexadecimal in network byte order. */
export function addressFromNetworkHex(hex: string): string {
  return addressFromHostWords(hex, 'BE');
}

/** Length of the prefix that a mask of /proc/net/route stands for. */
export function prefixLengthFromHostWord(hex: string): number {
  let length = 0;
  for (let mask = Number.parseInt(hex, 16); mask > 0; mask = Math.floor(mask / 2)) length += mask & 1;
  return length;
}

function hostWord(hex: string, at: number, order: Endianness): number {
  const word = Number.parseInt(hex.slice(at, at + 8), 16);
  if (order === 'BE') return word;
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

const ipv4Text = (word: number): string =>
  `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;

/**
 * The text form of RFC 5952: lower case, the longest run of zeros compressed, IPv4-mapped addresses in mixed notation.
 */
function ipv6Text(groups: readonly number[]): string {
  if (groups.slice(0, 6).join(':') === MAPPED_PREFIX) {
    return `::ffff:${ipv4Text(((groups[6]! << 16) | groups[7]!) >>> 0)}`;
  }
  let [begin, length] = [0, 0];
  for (let at = 0; at < groups.length; at += 1) {
    let end = at;
    while (groups[end] === 0) end += 1;
    if (end - at > length) [begin, length] = [at, end - at];
    if (end > at) at = end - 1;
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  // A single zero is not compressed.
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, begin))}::${text(groups.slice(begin + length))}`;
}
