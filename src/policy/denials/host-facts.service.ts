import { closeSync, openSync, readSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Injectable } from '@nestjs/common';
import { contains, type Ip, keyOf, parseIp, parseNetwork } from '../address/ip.js';

/** What was found out about the host is believed for so long, in milliseconds. */
const BELIEVED_MS = 5_000;
/** Of a file of the system so much is read: the default routes of a host stand near its beginning. */
const MAX_FILE_BYTES = 64 * 1024;
const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseNetwork);
/** RTF_GATEWAY of linux/route.h. */
const IS_GATEWAY = 0x2;

interface Addresses {
  readonly own: ReadonlySet<string>;
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
    return LOOPBACK.some((network) => contains(network, ip)) || this.addresses().own.has(keyOf(ip));
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

function readAddresses(): Addresses {
  const own = new Set<string>();
  const broadcasts = new Set<string>();
  for (const { cidr, address } of Object.values(networkInterfaces()).flatMap((found) => found ?? [])) {
    const ip = parseIp(address.split('%', 1)[0]!);
    own.add(keyOf(ip));
    const length = Number(cidr?.split('/')[1]);
    // RFC 3021: a network of two addresses has none for all.
    if (ip.family !== 4 || !(length < 31)) continue;
    const { words, masks } = parseNetwork(cidr!);
    broadcasts.add(keyOf({ family: 4, words: [(words[0]! | ~masks[0]!) >>> 0] }));
  }
  return { own, broadcasts };
}

function readNeighbours(): Neighbours {
  return {
    gateways: new Set([
      ...rowsOf('/proc/net/route').flatMap(gateway4),
      ...rowsOf('/proc/net/ipv6_route').flatMap(gateway6),
    ]),
    resolvers: new Set(
      rowsOf('/etc/resolv.conf')
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

function gateway6([, , , , gateway = '', , , , flags = '']: readonly string[]): string[] {
  if ((Number.parseInt(flags, 16) & IS_GATEWAY) === 0 || !/^[0-9a-f]{32}$/.test(gateway)) return [];
  const bytes = Buffer.from(gateway, 'hex');
  return [keyOf({ family: 6, words: [0, 4, 8, 12].map((at) => bytes.readUInt32BE(at)) })];
}

/** The beginning of a file, word by word; nothing where it cannot be read. */
function rowsOf(path: string): string[][] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const buffer = Buffer.alloc(MAX_FILE_BYTES);
    let length = 0;
    for (let read = -1; read !== 0 && length < MAX_FILE_BYTES; length += read) {
      read = readSync(file, buffer, length, MAX_FILE_BYTES - length, null);
    }
    return buffer
      .toString('latin1', 0, length)
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  } finally {
    closeSync(file);
  }
}
