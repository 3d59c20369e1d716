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
export const IS_OWN = 0x8010_0000;
/** RTF_GATEWAY of linux/route.h. */
export const IS_GATEWAY = 0x2;

/**
 * The routes of /proc/net/fib_trie, line by line: an address behind `|--`, and below it what its routes are, such as
 * `/32 host LOCAL`.
 */
export class LocalRoutes4 implements LocalRoutes {
  readonly own: Network[] = [];
  readonly broadcasts: string[] = [];
  private address = '';

  take(line: string): void {
    const leaf = line.indexOf('|-- ');
    if (leaf !== -1) this.address = line.slice(leaf + '|-- '.length);
    else if (line.endsWith(' LOCAL')) {
      const length = Number(line.slice(line.indexOf('/') + 1).split(' ', 1)[0]);
      this.own.push(networkOf(ipv4(this.address), length));
    } else if (line.endsWith(' BROADCAST') && line.includes('/32 ')) {
      this.broadcasts.push(keyOf(ipv4(this.address)));
    }
  }
}

/** A line of /proc/net/ipv6_route, each field of which has its place; nothing where none of these flags is set. */
export function route6(line: string, wanted: number): Route6 | undefined {
  const flags = Number.parseInt(line.slice(132, 140), 16);
  if ((flags & wanted) === 0) return undefined;
  const network = networkOf(ipv6(line.slice(0, 32)), Number.parseInt(line.slice(33, 35), 16));
  return { network, gateway: ipv6(line.slice(72, 104)), flags };
}

/**
 * The router of a line of /proc/net/route, proc_net_route(5): in hexadecimal, in the order of bytes of the machine,
 * which is the small end first here.
 */
export function router4(line: string): Ip | undefined {
  const [, , gateway = '', flags = ''] = line.split('\t', 4);
  if ((Number.parseInt(flags, 16) & IS_GATEWAY) === 0 || !/^[0-9A-F]{8}$/.test(gateway)) return undefined;
  return { family: 4, words: [Buffer.from(gateway, 'hex').readUInt32LE()] };
}

/** Of what the kernel writes, in its one form: there may be thousands. */
const ipv4 = (dotted: string): Ip => ({
  family: 4,
  words: [dotted.split('.').reduce((word, byte) => word * 256 + Number(byte), 0)],
});
/** @param hex of 32 digits */
export const ipv6 = (hex: string): Ip => ({
  family: 6,
  words: [0, 8, 16, 24].map((at) => Number.parseInt(hex.slice(at, at + 8), 16)),
});
