import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import { FAMILIES, type Family } from '../host/kernel-address.js';
import { eachLine, readLines } from '../host/proc-file.js';
import type { PageOptions, ReadingTools } from '../host/table-reading.js';
import type { Outcome } from '../host/outcome.js';
import { parseIfInet6 } from '../interfaces/if-inet6.parser.js';
import type { Connection, Protocol, StateCount } from './connection.schema.js';
import { parseProcSocket, type ProcSocket } from './proc-socket.parser.js';
import { findSocketOwners, processFilter } from './socket-owners.js';
import { type SocketFilter, SocketSelection } from './socket-selection.js';
import { PROTOCOLS } from './socket-states.js';
import { readDetails } from './socket-details.js';

export interface SocketQuery extends PageOptions, SocketFilter {
  /** Whether the processes of the listed sockets are wanted. */
  readonly owners: boolean;
  /** Whether backlog, dual stack and device are wanted. */
  readonly details: boolean;
}

export interface SocketsReading {
  readonly connections: readonly Connection[];
  readonly total: number;
  readonly states: readonly StateCount[];
  readonly ownersUnknown: number;
  readonly detailsNote: string | null;
}

/**
 * The TCP and UDP sockets of the network namespace, from /proc/net/{tcp,tcp6,udp,udp6}, once for all queries. Of each
 * it counts what matches, and keeps a page.
 *
 * @throws ToolError `not_supported` when none of the tables that are asked for can be read.
 */
export async function readSockets(
  tools: ReadingTools,
  queries: readonly SocketQuery[],
): Promise<Outcome<SocketsReading>[]> {
  const { proc } = tools.paths;
  const details = await readDetails(tools.run, queries);
  const zoneOf = linkLocalZones(proc);
  const inodes = inodesOf(proc, new Set(queries.flatMap(({ process }) => process ?? [])));
  const selections = queries.map((query) => {
    const ofProcess = query.process === undefined ? undefined : inodes.get(query.process);
    return new SocketSelection(query, query, { details: details.byInode, ofProcess, zoneOf });
  });
  readTables(proc, queries, (socket) => {
    for (const selection of selections) selection.offer(socket);
  });
  const owners = ownersOf(proc, queries, selections);
  return selections.map(({ page, states }, index) => {
    const { owners: wantsOwners } = queries[index]!;
    const sought = new Set(wantsOwners ? page.entries.map(({ inode }) => inode).filter(isHeld) : []);
    return {
      answer: {
        connections: page.entries.map(({ inode, ...socket }): Connection => ({
          ...socket,
          zone: zoneOf(socket.local.address),
          processes: wantsOwners ? (owners.get(inode) ?? []) : [],
          ...details.byInode.get(inode),
        })),
        total: page.total,
        states,
        ownersUnknown: [...sought].filter((inode) => !owners.has(inode)).length,
        detailsNote: details.note,
      },
    };
  });
}

const isHeld = (inode: string): boolean => inode !== '0';

/** The sockets of each process that is asked for, by one look at all of them. */
function inodesOf(proc: string, processes: ReadonlySet<string>): Map<string, ReadonlySet<string>> {
  if (processes.size === 0) return new Map();
  const asked = [...processes].map((process) => ({
    process,
    isOne: processFilter(process),
    inodes: new Set<string>(),
  }));
  const found = findSocketOwners(
    proc,
    () => true,
    (pid, name) => asked.some(({ isOne }) => isOne(pid, name)),
  );
  for (const [inode, owners] of found) {
    for (const { pid, name } of owners) {
      for (const { isOne, inodes } of asked) if (isOne(String(pid), name)) inodes.add(inode);
    }
  }
  return new Map(asked.map(({ process, inodes }) => [process, inodes]));
}

/** One look at all processes, for the sockets that are listed. */
function ownersOf(
  proc: string,
  queries: readonly SocketQuery[],
  selections: readonly SocketSelection[],
): ReturnType<typeof findSocketOwners> {
  const sought = selections
    .filter((_selection, index) => queries[index]!.owners)
    .flatMap(({ page }) => page.entries.map(({ inode }) => inode).filter(isHeld));
  const inodes = new Set(sought);
  return inodes.size === 0 ? new Map() : findSocketOwners(proc, (inode) => inodes.has(inode));
}

function readTables(
  proc: string,
  queries: readonly SocketQuery[],
  offer: (socket: ProcSocket) => void,
): void {
  const tables = PROTOCOLS.flatMap((protocol) => FAMILIES.map((family) => ({ protocol, family })));
  const isThere = tables
    .filter((table) => queries.some((query) => isAskedFor(table, query)))
    .map(({ protocol, family }) =>
      // Absent when the kernel has no IPv6.
      eachLine(join(proc, 'net', family === 'ipv4' ? protocol : `${protocol}6`), (line) => {
        const socket = parseProcSocket(line, protocol, family);
        if (socket !== null) offer(socket);
      }),
    );
  if (isThere.includes(true) || readLines(join(proc, 'net/tcp')).length > 0) return;
  throw new ToolError(
    'not_supported',
    'Nothing could be read: the tables of sockets are not under /proc/net.',
    'Mount procfs where the server runs.',
  );
}

function isAskedFor(
  table: { readonly protocol: Protocol; readonly family: Family },
  { protocol, family }: SocketQuery,
): boolean {
  return (
    (protocol === undefined || table.protocol === protocol) &&
    (family === undefined || table.family === family)
  );
}

/** procfs does not name the interface of a socket, but a link-local address is usually on one interface only. */
function linkLocalZones(proc: string): (address: string) => string | null {
  const zones = new Map<string, string | null>();
  for (const entry of readLines(join(proc, 'net/if_inet6')).map(parseIfInet6)) {
    if (entry?.address.scope !== 'link') continue;
    const { address } = entry.address;
    zones.set(address, zones.has(address) ? null : entry.interface);
  }
  return (address) => zones.get(address) ?? null;
}
