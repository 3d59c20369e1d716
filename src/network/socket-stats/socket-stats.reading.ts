import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import { parseProcSocket } from '../connections/proc-socket.parser.js';
import { findSocketOwners } from '../connections/socket-owners.js';
import { PROTOCOLS, STATES } from '../connections/socket-states.js';
import { FAMILIES } from '../host/kernel-address.js';
import type { Outcome } from '../host/outcome.js';
import { eachLine } from '../host/proc-file.js';
import { exitFailure } from '../host/program-failure.js';
import type { ReadingTools } from '../host/table-reading.js';
import type { Retransmitting, RoundTrip, SocketStatsReport } from './socket-stats.schema.js';
import { SsInfo } from './ss-info.parser.js';

export interface SocketStatsQuery {
  readonly limit: number;
}

export interface SocketStatsReading extends Pick<
  SocketStatsReport,
  'totals' | 'ownersTotal' | 'ownersUnknown' | 'roundTrip' | 'retransmitting' | 'retransmittingTotal'
> {
  readonly owners: readonly { readonly pid: number; readonly name: string; readonly sockets: number }[];
  readonly notes: readonly string[];
}

/** Looks once at all sockets and at who holds them, for all queries. @throws ToolError `not_supported` */
export async function readSocketStats(
  tools: ReadingTools,
  queries: readonly SocketStatsQuery[],
): Promise<Outcome<SocketStatsReading>[]> {
  const { totals, inodes } = countSockets(tools.paths.proc);
  const byPid = new Map<number, { pid: number; name: string; sockets: number }>();
  const found = findSocketOwners(tools.paths.proc, (inode) => inodes.has(inode));
  for (const { pid, name } of [...found.values()].flatMap((owners) => distinct(owners))) {
    const known = byPid.get(pid);
    if (known === undefined) byPid.set(pid, { pid, name, sockets: 1 });
    else known.sockets += 1;
  }
  const owners = [...byPid.values()].sort((a, b) => b.sockets - a.sockets || a.pid - b.pid);
  const { roundTrip, retransmitting, note } = await readTcpInfo(tools);
  return queries.map(({ limit }) => ({
    answer: {
      totals,
      owners: owners.slice(0, limit),
      ownersTotal: owners.length,
      ownersUnknown: inodes.size - found.size,
      roundTrip,
      retransmitting: retransmitting.slice(0, limit),
      retransmittingTotal: note === null ? retransmitting.length : null,
      notes: note === null ? [] : [note],
    },
  }));
}

/** A process may have a socket under several descriptors. */
const distinct = <T extends { readonly pid: number }>(owners: readonly T[]): T[] => [
  ...new Map(owners.map((owner) => [owner.pid, owner])).values(),
];

function countSockets(proc: string): { totals: SocketStatsReport['totals']; inodes: Set<string> } {
  const counts = new Map<string, number>();
  const inodes = new Set<string>();
  const isThere = PROTOCOLS.flatMap((protocol) =>
    FAMILIES.map((family) =>
      eachLine(join(proc, 'net', family === 'ipv4' ? protocol : `${protocol}6`), (line) => {
        const socket = parseProcSocket(line, protocol, family);
        if (socket === null) return;
        const key = `${protocol} ${socket.state}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        if (socket.inode !== '0') inodes.add(socket.inode);
      }),
    ),
  );
  if (!isThere.includes(true)) {
    throw new ToolError(
      'not_supported',
      'Nothing could be read: the tables of sockets are not under /proc/net.',
      'Mount procfs where the server runs.',
    );
  }
  const totals = PROTOCOLS.flatMap((protocol) =>
    STATES.flatMap((state) => {
      const count = counts.get(`${protocol} ${state}`);
      return count === undefined ? [] : [{ protocol, state, count }];
    }),
  );
  return { totals, inodes };
}

interface TcpSummary {
  readonly roundTrip: RoundTrip;
  /** The most first. */
  readonly retransmitting: readonly Retransmitting[];
  /** Why nothing is known; `null` when it is. */
  readonly note: string | null;
}

async function readTcpInfo({ run }: ReadingTools): Promise<TcpSummary> {
  const rtts: number[] = [];
  const retransmitting: Retransmitting[] = [];
  const info = new SsInfo(({ local, peer, rttMs, retransmits }) => {
    if (rttMs !== null) rtts.push(rttMs);
    if (retransmits > 0) retransmitting.push({ local, peer, segments: retransmits, rttMs });
  });
  try {
    const { exitCode, stderr } = await run('ss', ['-H', '-n', '-t', '-i'], (text) => info.add(text));
    if (exitCode !== 0) throw exitFailure('ss', stderr);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const note = `Round trips and retransmissions of sockets are unknown: ${error.message}`;
    return { roundTrip: null, retransmitting: [], note };
  }
  retransmitting.sort((a, b) => b.segments - a.segments);
  return { roundTrip: summaryOf(rtts), retransmitting, note: null };
}

function summaryOf(rtts: number[]): RoundTrip {
  if (rtts.length === 0) return null;
  rtts.sort((a, b) => a - b);
  const at = (share: number): number => rtts[Math.min(rtts.length - 1, Math.floor(rtts.length * share))]!;
  return { sockets: rtts.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: rtts.at(-1)! };
}
