import { type Ip, keyOf, type Network, networkOf } from '../address/ip.js';

/** What the kernel does not send on: networks that it takes for its own, and addresses that all of a link hear. */
export interface LocalRoutes {
  readonly own: readonly Network[];
  readonly broadcasts: readonly string[];
}

type Rows = readonly (readonly string[])[];

/** RTF_LOCAL and RTF_ANYCAST of linux/ipv6_route.h: the second is the address of every router of a subnet. */
const IS_OWN = 0x8010_0000;

/**
 * The lines of /proc/net/fib_trie, word by word: an address behind `|--`, and below it its routes, such as
 * `/32 host LOCAL`.
 */
export function localRoutes4(rows: Rows): LocalRoutes {
  const own: Network[] = [];
  const broadcasts: string[] = [];
  let address = '';
  for (const [first = '', second = '', type] of rows) {
    if (first === '|--') address = second;
    else if (type === 'LOCAL') own.push(networkOf(ipv4(address), Number(first.slice(1))));
    else if (type === 'BROADCAST' && first === '/32') broadcasts.push(keyOf(ipv4(address)));
  }
  return { own, broadcasts };
}

/** The lines of /proc/net/ipv6_route, word by word: destination and length of its prefix in hexadecimal, ..., flags. */
export function localRoutes6(rows: Rows): readonly Network[] {
  return rows
    .filter(([, , , , , , , , flags = '']) => (Number.parseInt(flags, 16) & IS_OWN) !== 0)
    .map(([destination = '', length = '']) => networkOf(ipv6(destination), Number.parseInt(length, 16)));
}

/** Of what the kernel writes, in its one form: there may be thousands. */
const ipv4 = (dotted: string): Ip => ({
  family: 4,
  words: [dotted.split('.').reduce((word, byte) => word * 256 + Number(byte), 0)],
});
const ipv6 = (hex: string): Ip => ({
  family: 6,
  words: [0, 8, 16, 24].map((at) => Number.parseInt(hex.slice(at, at + 8), 16)),
});
