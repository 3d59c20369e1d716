import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { ToolError } from '../../tools/tool-error.js';
import { parsePrefix } from '../host/ip-prefix.js';
import { requireLinux } from '../host/linux.js';
import { KernelTables } from '../host/tables.service.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { cellsOf, pagingLine, pagingOf, rowsOf } from '../paging.js';
import { textBlock, textTable } from '../text-table.js';
import { ArpProber } from './arp.prober.js';
import {
  type ArpProbe,
  NEIGHBORS_INPUT,
  NEIGHBORS_OUTPUT,
  type NeighborsInput,
  type NeighborsReport,
} from './neighbor.schema.js';

const TOOL = 'network_neighbors';

@Injectable()
export class NetworkNeighborsTool {
  constructor(
    private readonly tables: KernelTables,
    private readonly arp: ArpProber,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * @throws ToolError `invalid_arguments` for an address that is none; `not_supported` where nothing can be read; as
   *   ArpProber for a probe that was asked for.
   */
  @Tool({
    name: TOOL,
    title: 'Neighbours',
    description:
      'Lists the neighbours on the links of this server: the ARP and NDP tables with MAC address, interface and state. ' +
      'Use it when a host on the own network is silent: FAILED or INCOMPLETE means that nobody answers for the address. ' +
      'Several addresses on one MAC are an observation; "arpProbe" shows an address conflict.',
    input: NEIGHBORS_INPUT,
    output: NEIGHBORS_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    probes: ({ address, arpProbe }) =>
      arpProbe && address !== undefined ? [{ host: address, transport: 'icmp' }] : [],
  })
  async list(input: NeighborsInput, context: CallContext): Promise<ToolOutput<NeighborsReport>> {
    requireLinux();
    const { fields, arpProbe: wantsProbe, ...query } = input;
    const { address, interface: device } = query;
    if (address !== undefined && parsePrefix(address) === null) {
      throw new ToolError(
        'invalid_arguments',
        'The argument "address" is neither an IP address nor a prefix.',
        'Give an address such as 192.0.2.7, or a prefix such as 192.0.2.0/24.',
      );
    }
    const { signal, principal } = context;
    const question = { tool: TOOL, principal, address, interface: device };
    const arpProbe = wantsProbe ? await this.arp.probe(question, signal) : null;
    const reading = await this.tables.read('neighbors', query, signal);
    const { neighbors, total } = reading;
    const structured: NeighborsReport = {
      neighbors: fields === undefined ? [...neighbors] : [],
      total,
      states: [...reading.states],
      shared: [...reading.shared],
      arpProbe,
      ...pagingOf(query, neighbors.length, total),
      ...(fields !== undefined && { fields, rows: rowsOf(neighbors, fields) }),
      source: reading.source,
      sourceNote: reading.sourceNote,
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured, pagingLine(query, neighbors.length, total, 'neighbours')), structured };
  }
}

function toText(report: NeighborsReport, paging: string | null): string {
  const { total, states, shared, arpProbe } = report;
  return textBlock(
    total === 0
      ? 'No neighbours match.'
      : `${total} neighbours: ${states.map(({ state, count }) => `${count} ${state}`).join(', ')}.`,
    tableOf(report),
    paging,
    ...shared.map(
      ({ mac, interface: device, family, count, addresses }) =>
        `${mac} on ${device} has ${count} ${family} addresses: ${addresses.join(', ')}${count > addresses.length ? ', ...' : ''}.`,
    ),
    arpProbe && probeText(arpProbe),
    report.sourceNote,
    vantageLine(report.vantage),
  );
}

function tableOf({ neighbors, fields, rows }: NeighborsReport): string | null {
  if (fields !== undefined && rows !== undefined) {
    return rows.length === 0 ? null : textTable(fields, rows.map(cellsOf));
  }
  if (neighbors.length === 0) return null;
  return textTable(
    ['ADDRESS', 'INTERFACE', 'MAC', 'STATE'],
    neighbors.map(({ address, interface: device, mac, state, router }) => [
      address,
      device,
      mac ?? '-',
      router ? `${state} router` : state,
    ]),
  );
}

function probeText({ address, interface: device, macs, own, conflict }: ArpProbe): string {
  const who = macs.length === 0 ? 'nobody' : macs.join(' and ');
  const verdict = conflict ? ': an address conflict' : '';
  return `ARP on ${device}: ${who} ${own ? 'else ' : ''}answers for ${address}${verdict}.`;
}
