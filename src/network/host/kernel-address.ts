import { endianness } from 'node:os';
import ipaddr from 'ipaddr.js';

export const FAMILIES = ['ipv4', 'ipv6'] as const;

export type Family = (typeof FAMILIES)[number];

type Endianness = 'BE' | 'LE';

/**
 * An address as /proc/net/{tcp,udp,route} print it: 32-bit words in hexadecimal, each in the byte order of the host.
 * Eight digits are IPv4, thirty-two are IPv6.
 */
export function addressFromHostWords(hex: string, order: Endianness = endianness()): string {
  const bytes = hexBytes(hex);
  if (order === 'LE') {
    for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse();
  }
  return addressText(bytes);
}

/** An address as /proc/net/{if_inet6,ipv6_route} print it: hexadecimal in network byte order. */
export function addressFromNetworkHex(hex: string): string {
  return addressText(hexBytes(hex));
}

/**
 * The text form of RFC 5952: lower case, the longest run of zeros compressed, IPv4-mapped addresses in mixed notation.
 */
function addressText(bytes: Buffer): string {
  const address = ipaddr.fromByteArray([...bytes]);
  if (address.kind() === 'ipv4') return address.toString();
  const ipv6 = address as ipaddr.IPv6;
  return ipv6.isIPv4MappedAddress() ? `::ffff:${ipv6.toIPv4Address().toString()}` : ipv6.toRFC5952String();
}

/** Length of the prefix that a mask of /proc/net/route stands for. */
export function prefixLengthFromHostWord(hex: string): number {
  return [...Number.parseInt(hex, 16).toString(2)].filter((bit) => bit === '1').length;
}

function hexBytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
