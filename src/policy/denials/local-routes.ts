import { type Ip, keyOf, type Network, networkOf } from '../address/ip.js';

/** What the kernel does not send on: networks that it takes for its own, and addresses that all of a link hear. */
export interface LocalRoutes {
  readonly own: readonly Network[];
  readonly broadcasts: readonly string[];
}

/** A line of /proc/net/ipv6_route. */
export interface Route6 {
  readonly network: Network;
  readonly gateway: Ip;
  readonly flags: number;
}

/** RTF_LOCAL and RTF_ANYCAST of linux/ipv6_route.h: the second is the address of every router of a subnet. */
const IS_OWN = 0x8010_0000;

/**
 * The routes of /proc/net/fib_trie: an address behind `|--`, and below it what its routes are, such as
 * `/32 host LOCAL`.
 */
export function localRoutes4(trie: string): LocalRoutes {
  const own: Network[] = [];
  const broadcasts: string[] = [];
  for (const { 1: length, 2: type, index } of trie.matchAll(/\/(\d{1,2}) \w{1,20} (LOCAL|BROADCAST)/g)) {
    const at = trie.lastIndexOf('|-- ', index) + '|-- '.length;
    const address = ipv4(trie.slice(at, trie.indexOf('\n', at)));
    if (type === 'LOCAL') own.push(networkOf(address, Number(length)));
    else if (length === '32') broadcasts.push(keyOf(address));
  }
  return { own, broadcasts };
}

/** The routes of /proc/net/ipv6_route whose flags have one of these. Each field has its place in a line. */
export function routes6(table: string, flags: number): readonly Route6[] {
  const routes: Route6[] = [];
  for (const line of table.split('\n')) {
    const own = Number.parseInt(line.slice(132, 140), 16);
    if ((own & flags) === 0) continue;
    const network = networkOf(ipv6(line.slice(0, 32)), Number.parseInt(line.slice(33, 35), 16));
    routes.push({ network, gateway: ipv6(line.slice(72, 104)), flags: own });
  }
  return routes;
}

/** What stays on this machine. */
export const localRoutes6 = (table: string): readonly Network[] =>
  routes6(table, IS_OWN).map(({ network }) => network);

/** Of what the kernel writes, in its one form: there may be thousands. */
const ipv4 = (dotted: string): Ip => ({
  family: 4,
  words: [dotted.split('.').reduce((word, byte) => word * 256 + Number(byte), 0)],
});
const ipv6 = (hex: string): Ip => ({
  family: 6,
  words: [0, 8, 16, 24].map((at) => Number.parseInt(hex.slice(at, at + 8), 16)),
});
