import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { ToolError } from '../../tools/tool-error.js';
import { FAMILIES, type Family } from '../host/kernel-address.js';
import { readLines } from '../host/proc-file.js';
import { SystemPaths } from '../host/system-paths.js';
import { parseIfInet6, type Inet6Address } from '../interfaces/if-inet6.parser.js';
import { PROTOCOLS, type Connection, type ConnectionsInput, type Protocol } from './connection.schema.js';
import { parseProcSocket, type ProcSocket } from './proc-socket.parser.js';
import { SocketOwnersReader } from './socket-owners.reader.js';

export interface ConnectionsReading {
  readonly connections: Connection[];
  readonly total: number;
  readonly ownersUnknown: number;
}

/** The TCP and UDP sockets of the network namespace, from /proc/net/{tcp,tcp6,udp,udp6}. */
@Injectable()
export class ConnectionsReader {
  constructor(
    @Inject(SystemPaths) private readonly paths: SystemPaths,
    private readonly owners: SocketOwnersReader,
  ) {}

  /**
   * Counts every socket that matches, and keeps the first `limit` of them.
   *
   * @throws ToolError `not_supported` when none of the four tables can be read.
   */
  async read(filter: ConnectionsInput, signal: AbortSignal): Promise<ConnectionsReading> {
    const kept: ProcSocket[] = [];
    let total = 0;
    for await (const socket of this.sockets(filter, signal)) {
      total += 1;
      if (kept.length < filter.limit) kept.push(socket);
    }
    const inodes = new Set(kept.map(({ inode }) => inode).filter((inode) => inode !== '0'));
    const owners = await this.owners.find(inodes, signal);
    const linkLocal = (await readLines(join(this.paths.proc, 'net/if_inet6'))).map(parseIfInet6);
    const toConnection = ({ inode, ...socket }: ProcSocket): Connection => {
      return { ...socket, zone: zoneOf(socket.local.address, linkLocal), processes: owners.get(inode) ?? [] };
    };
    return {
      connections: kept.map(toConnection),
      total,
      ownersUnknown: [...inodes].filter((inode) => !owners.has(inode)).length,
    };
  }

  private async *sockets(filter: ConnectionsInput, signal: AbortSignal): AsyncGenerator<ProcSocket> {
    let tables = 0;
    for (const protocol of PROTOCOLS) {
      for (const family of FAMILIES) {
        const path = join(this.paths.proc, 'net', tableName(protocol, family));
        // Absent when the kernel has no IPv6.
        const file = await open(path).catch(() => null);
        if (file === null) continue;
        tables += 1;
        try {
          // Line by line: a busy host has a hundred thousand sockets, and others wait for this thread.
          for await (const line of file.readLines()) {
            signal.throwIfAborted();
            const socket = parseProcSocket(line, protocol, family);
            if (socket !== null && matches(socket, filter)) yield socket;
          }
        } finally {
          await file.close();
        }
      }
    }
    if (tables === 0) {
      throw new ToolError(
        'not_supported',
        'The tables of sockets under /proc/net cannot be read.',
        'Mount procfs where the server runs.',
      );
    }
  }
}

function tableName(protocol: Protocol, family: Family): string {
  return family === 'ipv4' ? protocol : `${protocol}6`;
}

function matches(socket: ProcSocket, { protocol, family, state }: ConnectionsInput): boolean {
  return (
    (protocol === undefined || socket.protocol === protocol) &&
    (family === undefined || socket.family === family) &&
    (state === undefined || socket.state === state)
  );
}

/** procfs does not name the interface of a socket, but a link-local address is usually on one interface only. */
function zoneOf(address: string, addresses: readonly (Inet6Address | null)[]): string | null {
  const holders = addresses.filter(
    (entry) => entry?.address.scope === 'link' && entry.address.address === address,
  );
  return holders.length === 1 ? (holders[0]?.interface ?? null) : null;
}
