import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { readBounded } from '../../core/bounded-file.js';
import { contains, dotted, type Ip, keyOf, parseIp, parseNetwork } from '../address/ip.js';
import { type HostTables, readHostTables } from './host-tables.js';
import { askKernel } from './kernel-word.js';
import { Refreshed } from './refreshed.js';

/** What costs next to nothing to find out is believed for so long, in milliseconds. */
const BELIEVED_MS = 5_000;
/** Of resolv.conf. */
const MAX_FILE_BYTES = 64 * 1024;
const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseNetwork);

/** What an address is to this machine. */
export interface HostFact {
  /** Packets to it stay here. So they are taken to do where the kernel does not let us find out. */
  readonly isOwn: boolean;
  /** All hosts of a network of ours would hear it. */
  readonly isBroadcast: boolean;
  /** A router that this machine sends to. */
  readonly isGateway: boolean;
}

/** What a decision needs to know of the machine that the probes start from. Nothing is asked of anybody else. */
@Injectable()
export class HostFacts implements OnModuleInit {
  /** Where the kernel shows its tables. */
  protected readonly directory: string = '/proc/net';
  private readonly interfaces = believed(readInterfaces);
  private readonly resolvers = believed(readResolvers);
  private readonly tables = new Refreshed(() => this.readTables());
  private hasWarned = false;

  /** So that the first call need not wait. */
  onModuleInit(): void {
    void this.tables.get();
  }

  async of(ip: Ip): Promise<HostFact> {
    const tables = await this.tables.get();
    const interfaces = this.interfaces();
    const key = keyOf(ip);
    const isOwn =
      interfaces.own.has(key) ||
      tables.own.has(key) ||
      [...LOOPBACK, ...tables.networks].some((network) => contains(network, ip));
    const isBroadcast = ip.family === 4 && (interfaces.broadcasts.has(key) || tables.broadcasts.has(key));
    const isGateway = tables.routers.has(key);
    if (isOwn || isBroadcast || tables.isWhole4 || ip.family === 6) return { isOwn, isBroadcast, isGateway };
    const kind = await askKernel(dotted(ip));
    return { isOwn: kind === 'own', isBroadcast: kind === 'broadcast', isGateway };
  }

  /** Whether this machine looks names up there: resolv.conf(5). */
  isResolver(ip: Ip): boolean {
    return this.resolvers().has(keyOf(ip));
  }

  private async readTables(): Promise<HostTables> {
    const tables = await readHostTables(this.directory);
    if (tables.isCut6 && !this.hasWarned) {
      this.hasWarned = true;
      new Logger(HostFacts.name).warn(
        'The table of IPv6 routes is too long to be read whole: networks that a route of the type "local" leads to this host are not known as its own. Deny them by a rule of the probe policy',
      );
    }
    return tables;
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

/** Those that are up, and of each network the address that all hear. */
function readInterfaces(): { readonly own: ReadonlySet<string>; readonly broadcasts: ReadonlySet<string> } {
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

function readResolvers(): ReadonlySet<string> {
  let text = '';
  try {
    text = readBounded('/etc/resolv.conf', MAX_FILE_BYTES);
  } catch {
    // Then nobody is known, and nothing is opened.
  }
  return new Set(
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([keyword, server = '']) => keyword === 'nameserver' && isIP(server) !== 0)
      .map(([, server = '']) => keyOf(parseIp(server.split('%', 1)[0]!))),
  );
}
