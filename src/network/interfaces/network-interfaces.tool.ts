import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { readWithFallback } from '../host/fallback.reader.js';
import { requireLinux } from '../host/linux.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { textBlock, textTable } from '../text-table.js';
import { INTERFACES_OUTPUT, type InterfacesReport, type NetworkInterface } from './interface.schema.js';
import { NetlinkInterfacesReader } from './netlink-interfaces.reader.js';
import { ProcfsInterfacesReader } from './procfs-interfaces.reader.js';

@Injectable()
export class NetworkInterfacesTool {
  constructor(
    private readonly netlink: NetlinkInterfacesReader,
    private readonly procfs: ProcfsInterfacesReader,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `not_supported` where there is neither netlink nor sysfs, `tool_failed` when a reading fails. */
  @Tool({
    name: 'network_interfaces',
    title: 'Network interfaces',
    description:
      'Lists every network interface of the machine that this server runs on: state, MTU, MAC address, IPv4 and IPv6 ' +
      'addresses, and traffic, error and drop counters. Use it to see which networks the server is attached to or ' +
      'whether a link is up; use network_route_table to see where packets go.',
    input: z.strictObject({}),
    output: INTERFACES_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async list(_args: Record<string, never>, { signal }: CallContext): Promise<ToolOutput<InterfacesReport>> {
    requireLinux();
    const { entries, source, sourceNote } = await readWithFallback(this.netlink, this.procfs, signal);
    const structured = { interfaces: entries, source, sourceNote, vantage: await this.vantage.describe() };
    return { text: toText(structured), structured };
  }
}

function toText({ interfaces, sourceNote, vantage }: InterfacesReport): string {
  const header = [
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
  return textBlock(textTable(header, interfaces.map(toRow)), sourceNote, vantageLine(vantage));
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
