import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { KernelTables } from '../host/tables.service.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { cellsOf, pagingLine, pagingOf, rowsOf } from '../paging.js';
import { foreignWord, textBlock, textTable } from '../text-table.js';
import {
  INTERFACES_INPUT,
  INTERFACES_OUTPUT,
  type InterfacesInput,
  type InterfacesReport,
  type NetworkInterface,
} from './interface.schema.js';

@Injectable()
export class NetworkInterfacesTool {
  constructor(
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `not_supported` where there is neither netlink nor sysfs, `tool_failed` when a reading fails. */
  @Tool({
    name: 'network_interfaces',
    title: 'Network interfaces',
    description:
      'Lists every network interface of the machine that this server runs on, or the one of a name: state, MTU, MAC ' +
      'address, IPv4 and IPv6 addresses, traffic, error and drop counters, and what VLANs, bonds, bridges and queues are ' +
      'set to. Use it to see which networks the server is attached to or whether a link is up; use network_route_table ' +
      'to see where packets go.',
    input: INTERFACES_INPUT,
    output: INTERFACES_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async list(input: InterfacesInput, { signal }: CallContext): Promise<ToolOutput<InterfacesReport>> {
    requireLinux();
    const { fields, ...query } = input;
    const vantage = await this.vantage.describe();
    const reading = await this.tables.read('interfaces', query, signal);
    const { interfaces, total, source, sourceNote } = reading;
    const structured: InterfacesReport = {
      interfaces: fields === undefined ? [...interfaces] : [],
      total,
      ...pagingOf(query, interfaces.length, total),
      ...(fields !== undefined && { fields, rows: rowsOf(interfaces, fields) }),
      source,
      sourceNote,
      vantage,
    };
    return {
      text: toText(structured, pagingLine(query, interfaces.length, total, 'interfaces')),
      structured,
    };
  }
}

function toText(report: InterfacesReport, paging: string | null): string {
  const { total, sourceNote, vantage } = report;
  const table = total === 0 ? 'No interfaces match.' : tableOf(report);
  return textBlock(table, paging, sourceNote, vantageLine(vantage));
}

function tableOf({ interfaces, fields, rows }: InterfacesReport): string | null {
  if (fields !== undefined && rows !== undefined) {
    return rows.length === 0 ? null : textTable(fields, rows.map(cellsOf));
  }
  if (interfaces.length === 0) return null;
  const hasFacts = interfaces.some((entry) => factsOf(entry).length > 0);
  const header = [...HEADER, ...(hasFacts ? ['FACTS'] : [])];
  return textTable(
    header,
    interfaces.map((entry) => [...toRow(entry), factsOf(entry).join(', ')].slice(0, header.length)),
  );
}

const HEADER = [
  'INTERFACE',
  'STATE',
  'TYPE',
  'MTU',
  'MAC',
  'RX BYTES',
  'TX BYTES',
  'ERRORS',
  'DROPPED',
  'ADDRESSES',
];

/** What only some interfaces have, in a few words. */
function factsOf(entry: NetworkInterface): string[] {
  const { master, memberState, parent, vlan, bond, bridge, vrfTable, speedMbps, duplex, queue } = entry;
  return [
    ...(entry.alias === undefined ? [] : [`alias ${foreignWord(entry.alias)}`]),
    ...(entry.altnames ?? []).map((name) => `also ${foreignWord(name)}`),
    ...(parent === undefined ? [] : [`on ${parent}`]),
    ...(master === null ? [] : [`in ${master}${memberState === undefined ? '' : ` (${memberState})`}`]),
    ...(vlan === undefined ? [] : [`VLAN ${vlan.id}`]),
    ...(bond === undefined ? [] : [`${bond.mode}${bond.active === null ? '' : `, active ${bond.active}`}`]),
    ...(bridge?.stp === true ? ['STP'] : []),
    ...(bridge?.vlanFiltering === true ? ['VLAN filtering'] : []),
    ...(vrfTable === undefined ? [] : [`table ${vrfTable}`]),
    ...(speedMbps === undefined ? [] : [`${speedMbps} Mbit/s${duplex === undefined ? '' : ` ${duplex}`}`]),
    ...(queue !== undefined && queue.drops > 0 ? [`queue dropped ${queue.drops}`] : []),
  ];
}

function toRow(entry: NetworkInterface): string[] {
  return [
    entry.name,
    entry.adminUp ? entry.operstate : 'off',
    entry.kind ?? entry.linkType,
    String(entry.mtu),
    entry.mac ?? '-',
    String(entry.rx.bytes),
    String(entry.tx.bytes),
    String(entry.rx.errors + entry.tx.errors),
    String(entry.rx.dropped + entry.tx.dropped),
    entry.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`).join(', ') || '-',
  ];
}
