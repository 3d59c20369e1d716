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
import { pagingLine, pagingOf } from '../paging.js';
import { textBlock, textTable } from '../text-table.js';
import { monotonicMs } from './interface-stats.reading.js';
import {
  INTERFACE_STATS_INPUT,
  INTERFACE_STATS_OUTPUT,
  type InterfaceStats,
  type InterfaceStatsInput,
  type InterfaceStatsReport,
} from './interface-stats.schema.js';

@Injectable()
export class NetworkInterfaceStatsTool {
  constructor(
    @Inject(SystemPaths) private readonly paths: SystemPaths,
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `not_supported` where there is no procfs. */
  @Tool({
    name: 'network_interface_stats',
    title: 'Interface statistics',
    description:
      'Measures the interfaces of this server: bit and packet rates, new errors and drops between two samples, link ' +
      'speed, duplex, driver, carrier changes and drops of queue disciplines, the busiest first. Use it for "slow" or ' +
      '"lossy" links; network_interfaces has addresses and state.',
    input: INTERFACE_STATS_INPUT,
    output: INTERFACE_STATS_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async measure(
    input: InterfaceStatsInput,
    { signal }: CallContext,
  ): Promise<ToolOutput<InterfaceStatsReport>> {
    requireLinux();
    const { seconds, ...query } = input;
    // Without procfs the second sample says so.
    const before = await readFile(join(this.paths.proc, 'net/dev'), 'utf8').catch(() => '');
    const beforeAt = monotonicMs();
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    const reading = await this.tables.read('interfaceStats', { ...query, before, beforeAt }, signal);
    const { interfaces, total } = reading;
    const structured: InterfaceStatsReport = {
      interfaces: [...interfaces],
      total,
      ...pagingOf(query, interfaces.length, total),
      seconds: reading.seconds,
      notes: [...reading.notes],
      vantage: await this.vantage.describe(),
    };
    return {
      text: toText(structured, pagingLine(query, interfaces.length, total, 'interfaces')),
      structured,
    };
  }
}

function toText(report: InterfaceStatsReport, paging: string | null): string {
  const { interfaces, seconds, notes, vantage } = report;
  return textBlock(
    interfaces.length === 0
      ? 'No interfaces match.'
      : textTable(HEADER, interfaces.map(toRow)) +
          `\nRates over ${seconds.toFixed(2)} s; errors and drops: new, and in all.`,
    ...interfaces.flatMap(factLines),
    paging,
    ...notes,
    vantageLine(vantage),
  );
}

const HEADER = [
  'INTERFACE',
  'STATE',
  'RX BIT/S',
  'TX BIT/S',
  'RX PKT/S',
  'TX PKT/S',
  'RX ERR',
  'TX ERR',
  'RX DROP',
  'TX DROP',
];

function toRow({ name, operstate, rx, tx }: InterfaceStats): string[] {
  const both = (more: number | null, total: string): string => `${more ?? '?'}/${total}`;
  return [
    name,
    operstate ?? '?',
    ...[rx.bitsPerSecond, tx.bitsPerSecond, rx.packetsPerSecond, tx.packetsPerSecond].map((rate) =>
      rate === null ? '?' : String(rate),
    ),
    both(rx.newErrors, rx.errors),
    both(tx.newErrors, tx.errors),
    both(rx.newDropped, rx.dropped),
    both(tx.newDropped, tx.dropped),
  ];
}

/** What there is to say of an interface beside its row. */
function factLines(entry: InterfaceStats): string[] {
  const { name, speedMbps, duplex, driver, carrierChanges, utilizationPercent, counters, queues, remarks } =
    entry;
  const facts = [
    ...(driver === null ? [] : [`driver ${driver}`]),
    ...(speedMbps === null ? [] : [`${speedMbps} Mbit/s${duplex === null ? '' : ` ${duplex} duplex`}`]),
    ...(utilizationPercent === null ? [] : [`${utilizationPercent} % used`]),
    ...(carrierChanges === null || carrierChanges === 0 ? [] : [`${carrierChanges} carrier changes`]),
    ...Object.entries(counters).map(([counter, value]) => `${counter} ${value}`),
    ...queues
      .filter(({ drops, backlogBytes }) => drops > 0 || backlogBytes > 0)
      .map(
        ({ kind, handle, drops, backlogBytes }) =>
          `${kind} ${handle} dropped ${drops}, ${backlogBytes} bytes wait`,
      ),
  ];
  return [
    ...(facts.length === 0 ? [] : [`${name}: ${facts.join(', ')}.`]),
    ...remarks.map((remark) => `${name}: ${remark}`),
  ];
}
