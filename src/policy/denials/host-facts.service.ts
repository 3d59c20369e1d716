import { closeSync, openSync, readSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Injectable } from '@nestjs/common';
import { contains, type Ip, keyOf, type Network, parseIp, parseNetwork } from '../address/ip.js';
import { localRoutes4, localRoutes6, routes6 } from './local-routes.js';

/** What was found out about the host is believed for so long, in milliseconds. */
const BELIEVED_MS = 5_000;
/** Of resolv.conf. */
const MAX_FILE_BYTES = 64 * 1024;
/** Of the table that has this machine's own addresses, which stand behind all others: some 9,000 routes. */
const MAX_TRIE_BYTES = 512 * 1024;
/** Of any other table of routes: 1,700 of IPv6. A router with more is known by its interfaces that are up. */
const MAX_ROUTES_BYTES = 256 * 1024;
const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseNetwork);
/** RTF_GATEWAY of linux/route.h. */
const IS_GATEWAY = 0x2;

interface Addresses {
  readonly own: ReadonlySet<string>;
  readonly networks: readonly Network[];
  readonly broadcasts: ReadonlySet<string>;
}

interface Neighbours {
  readonly gateways: ReadonlySet<string>;
  readonly resolvers: ReadonlySet<string>;
}

/** What a decision needs to know of the machine that the probes start from. Nothing is asked of anybody else. */
@Injectable()
export class HostFacts {
  private readonly addresses = believed(readAddresses);
  private readonly neighbours = believed(readNeighbours);

  /** Whether packets to it stay on this machine. */
  isOwn(ip: Ip): boolean {
    const { own, networks } = this.addresses();
    return own.has(keyOf(ip)) || networks.some((network) => contains(network, ip));
  }

  /** Whether all hosts of a network of ours would hear it. */
  isBroadcast(ip: Ip): boolean {
    return ip.family === 4 && this.addresses().broadcasts.has(keyOf(ip));
  }

  /** Whether it is a router that this machine sends to. */
  isGateway(ip: Ip): boolean {
    return this.neighbours().gateways.has(keyOf(ip));
  }

  /** Whether this machine looks names up there: resolv.conf(5). */
  isResolver(ip: Ip): boolean {
    return this.neighbours().resolvers.has(keyOf(ip));
  }
}

function believed<T>(read: () => T): () => T {
  let known: T | undefined;
  let until = -Infinity;
  return () => {
    const now = performance.now();
    if (known === undefined || now >= until) {
      known = read();
      until = now + BELIEVED_MS;
    }
    return known;
  };
}

/**
 * By the kernel's tables, which know an address of a link without a carrier, and what is routed to this machine as a
 * whole; and by the interfaces that are up, whatever the tables are.
 */
function readAddresses(): Addresses {
  const routes = localRoutes4(beginningOf('/proc/net/fib_trie', MAX_TRIE_BYTES));
  const networks = [...LOOPBACK];
  const own = new Set<string>();
  const broadcasts = new Set<string>(routes.broadcasts);
  for (const network of [
    ...routes.own,
    ...localRoutes6(beginningOf('/proc/net/ipv6_route', MAX_ROUTES_BYTES)),
  ]) {
    if (network.masks.every((mask) => mask === 0xffffffff)) own.add(keyOf(network));
    else networks.push(network);
  }
  for (const { cidr, address } of Object.values(networkInterfaces()).flatMap((found) => found ?? [])) {
    const ip = parseIp(address.split('%', 1)[0]!);
    own.add(keyOf(ip));
    const length = Number(cidr?.split('/')[1]);
    // RFC 3021: a network of two addresses has none for all.
    if (ip.family !== 4 || !(length < 31)) continue;
    const { words, masks } = parseNetwork(cidr!);
    broadcasts.add(keyOf({ family: 4, words: [(words[0]! | ~masks[0]!) >>> 0] }));
  }
  return { own, networks, broadcasts };
}

function readNeighbours(): Neighbours {
  return {
    gateways: new Set([
      ...rowsOf('/proc/net/route', MAX_ROUTES_BYTES).flatMap(gateway4),
      ...routes6(beginningOf('/proc/net/ipv6_route', MAX_ROUTES_BYTES), IS_GATEWAY).map(({ gateway }) =>
        keyOf(gateway),
      ),
    ]),
    resolvers: new Set(
      rowsOf('/etc/resolv.conf', MAX_FILE_BYTES)
        .filter(([keyword, server = '']) => keyword === 'nameserver' && isIP(server) !== 0)
        .map(([, server = '']) => keyOf(parseIp(server.split('%', 1)[0]!))),
    ),
  };
}

/** proc_net_route(5): in hexadecimal, in the order of bytes of the machine, which is the small end first here. */
function gateway4([, , gateway = '', flags = '']: readonly string[]): string[] {
  if ((Number.parseInt(flags, 16) & IS_GATEWAY) === 0 || !/^[0-9A-F]{8}$/.test(gateway)) return [];
  return [keyOf({ family: 4, words: [Buffer.from(gateway, 'hex').readUInt32LE()] })];
}

/** The same word by word. */
const rowsOf = (path: string, maxBytes: number): string[][] =>
  beginningOf(path, maxBytes)
    .split('\n')
    .map((line) => line.trim().split(/\s+/));

/** The beginning of a file; nothing where it cannot be read. */
function beginningOf(path: string, maxBytes: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const buffer = Buffer.alloc(maxBytes);
    let length = 0;
    for (let read = -1; read !== 0 && length < maxBytes; length += read) {
      read = readSync(file, buffer, length, maxBytes - length, null);
    }
    return buffer.toString('latin1', 0, length);
  } catch {
    return '';
  } finally {
    closeSync(file);
  }
}
