import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { SystemPaths } from '../host/system-paths.js';
import { KernelTables } from '../host/tables.service.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { foreignWord, textBlock, textTable } from '../text-table.js';
import { COUNTERS, parseCounters } from './snmp.parser.js';
import {
  type CounterRow,
  SOCKET_STATS_INPUT,
  SOCKET_STATS_OUTPUT,
  type SocketStatsInput,
  type SocketStatsReport,
} from './socket-stats.schema.js';

const COUNTER_FILES = ['snmp', 'snmp6', 'netstat'];
const NAMES_NOTE = 'Names of processes are shown to keys with the scope network:host alone.';

@Injectable()
export class NetworkSocketStatsTool {
  constructor(
    @Inject(SystemPaths) private readonly paths: SystemPaths,
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `not_supported` where there is no procfs. */
  @Tool({
    name: 'network_socket_stats',
    title: 'Socket statistics',
    description:
      'Sums up the TCP and UDP sockets of this server: totals by state, processes with the most, round-trip times and ' +
      'retransmissions (ss -i), and counters of trouble such as listen overflows and UDP buffer errors, with what ' +
      '"seconds" add. Use it for load and loss; network_connections lists single sockets.',
    input: SOCKET_STATS_INPUT,
    output: SOCKET_STATS_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async sumUp(
    { seconds, limit }: SocketStatsInput,
    { signal, principal }: CallContext,
  ): Promise<ToolOutput<SocketStatsReport>> {
    requireLinux();
    const first = await this.counters();
    const firstAt = performance.now();
    const reading = await this.tables.read('socketStats', { limit }, signal);
    const left = (seconds ?? 0) * 1000 - (performance.now() - firstAt);
    if (left > 0) await setTimeout(left, undefined, { signal }).catch(() => signal.throwIfAborted());
    const second = seconds === undefined ? undefined : await this.counters();
    const maySeeNames = principal.scopes.includes('network:host');
    const { owners, retransmitting, ownersTotal, retransmittingTotal } = reading;
    const structured: SocketStatsReport = {
      ...reading,
      owners: owners.map((owner) => ({ ...owner, name: maySeeNames ? owner.name : null })),
      counters: rowsOf(first, second),
      truncated: owners.length < ownersTotal || retransmitting.length < (retransmittingTotal ?? 0),
      seconds: second === undefined ? null : Math.round(performance.now() - firstAt) / 1000,
      notes: [...reading.notes, ...(maySeeNames || ownersTotal === 0 ? [] : [NAMES_NOTE])],
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured), structured };
  }

  /** The files are of a few kilobytes, whatever the machine has to do. */
  private async counters(): Promise<Map<string, bigint>> {
    const texts = COUNTER_FILES.map((file) =>
      readFile(join(this.paths.proc, 'net', file), 'utf8').catch(() => ''),
    );
    return parseCounters(...(await Promise.all(texts)));
  }
}

function rowsOf(first: ReadonlyMap<string, bigint>, second?: ReadonlyMap<string, bigint>): CounterRow[] {
  return COUNTERS.flatMap((name) => {
    const before = first.get(name);
    const after = second?.get(name);
    if (before === undefined) return [];
    const more = after === undefined || after < before ? null : Number(after - before);
    return [{ name, total: String(after ?? before), more }];
  });
}

function toText(report: SocketStatsReport): string {
  const {
    totals,
    owners,
    ownersTotal,
    ownersUnknown,
    roundTrip,
    retransmitting,
    retransmittingTotal,
    seconds,
  } = report;
  return textBlock(
    totals.length === 0
      ? 'No sockets.'
      : `${totals.map(({ protocol, state, count }) => `${protocol} ${state} ${count}`).join(', ')}.`,
    owners.length === 0
      ? null
      : `Owners, ${owners.length} of ${ownersTotal}: ${owners.map(({ pid, name, sockets }) => `${name === null ? 'process' : foreignWord(name)}(${pid}) ${sockets}`).join(', ')}.`,
    ownersUnknown > 0 ? `Sockets whose owners are out of sight of this server: ${ownersUnknown}.` : null,
    roundTrip &&
      `Round trip of ${roundTrip.sockets} TCP sockets: median ${roundTrip.medianMs} ms, 95 % ${roundTrip.p95Ms} ms, max ${roundTrip.maxMs} ms.`,
    retransmittingTotal === null ? null : `Open TCP sockets that have retransmitted: ${retransmittingTotal}.`,
    ...retransmitting.map(
      ({ local, peer, segments, rttMs }) =>
        `  ${local} to ${peer}: ${segments} segments, round trip ${rttMs ?? '?'} ms`,
    ),
    textTable(
      ['COUNTER', 'TOTAL', ...(seconds === null ? [] : [`IN ${seconds} S`])],
      report.counters.map(({ name, total, more }) => [
        name,
        total,
        ...(seconds === null ? [] : [more === null ? '?' : String(more)]),
      ]),
    ),
    ...report.notes,
    vantageLine(report.vantage),
  );
}
