import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { ToolError } from '../../tools/tool-error.js';
import { parsePrefix } from '../host/ip-prefix.js';
import { requireLinux } from '../host/linux.js';
import { KernelTables } from '../host/tables.service.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { cellsOf, pagingLine, pagingOf, rowsOf } from '../paging.js';
import { foreignWord, textBlock, textTable } from '../text-table.js';
import {
  CONNECTIONS_INPUT,
  CONNECTIONS_OUTPUT,
  type Connection,
  type ConnectionsInput,
  type ConnectionsReport,
} from './connection.schema.js';

@Injectable()
export class NetworkConnectionsTool {
  constructor(
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `invalid_arguments` for an address that is none, `not_supported` where there is no procfs. */
  @Tool({
    name: 'network_connections',
    title: 'Network connections',
    description:
      'Lists the TCP and UDP sockets of the machine that this server runs on, IPv4 and IPv6: listening ports, open ' +
      'connections with both ends, state, queues and owning process, as ss -tunap does, and how many there are in each ' +
      'state. Use it to see what listens or who is connected. Filter by protocol, family, state (LISTEN for services), ' +
      'port, address, process or device; narrow filters and fields give short answers.',
    input: CONNECTIONS_INPUT,
    output: CONNECTIONS_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    scopeFor: ({ process }) => (isProcessName(process) ? 'network:host' : undefined),
  })
  async list(
    input: ConnectionsInput,
    { principal, signal }: CallContext,
  ): Promise<ToolOutput<ConnectionsReport>> {
    requireLinux();
    const { fields, ...filter } = input;
    if (filter.address !== undefined && parsePrefix(filter.address) === null) {
      throw new ToolError(
        'invalid_arguments',
        'The argument "address" is neither an IP address nor a prefix.',
        'Give an address such as 192.0.2.7, or a prefix such as 192.0.2.0/24.',
      );
    }
    const mayName = principal.scopes.includes('network:host');
    if (!mayName && isProcessName(filter.process)) {
      throw new ToolError(
        'invalid_arguments',
        'The argument "process" has a name, and names of processes need the scope network:host.',
        'Give the id of a process, or use a key with that scope.',
      );
    }
    const wants = (field: (typeof DETAILS)[number] | 'processes'): boolean =>
      fields === undefined || fields.includes(field);
    const query = { ...filter, owners: wants('processes'), details: DETAILS.some(wants) };
    const vantage = await this.vantage.describe();
    const read = await this.tables.read('sockets', query, signal);
    const { total, states, ownersUnknown, detailsNote } = read;
    const connections = mayName ? read.connections : read.connections.map(withoutNames);
    const structured: ConnectionsReport = {
      connections: fields === undefined ? [...connections] : [],
      total,
      states: [...states],
      ...pagingOf(filter, connections.length, total),
      ...(fields !== undefined && { fields, rows: rowsOf(connections, fields) }),
      ownersUnknown,
      namesNote: mayName ? null : NAMES_NOTE,
      detailsNote,
      vantage,
    };
    return { text: toText(structured, pagingLine(filter, connections.length, total, 'sockets')), structured };
  }
}

/** A name to look for is a name to find out; the id of a process is none. */
const isProcessName = (process: string | undefined): boolean =>
  process !== undefined && !/^\d+$/.test(process);

const NAMES_NOTE = 'Names of processes need the scope network:host.';

const withoutNames = (connection: Connection): Connection => ({
  ...connection,
  processes: connection.processes.map((owner) => ({ ...owner, name: null })),
});

const DETAILS = ['backlog', 'dualStack', 'device'] as const;

function toText(report: ConnectionsReport, paging: string | null): string {
  const { total, states, ownersUnknown, namesNote, detailsNote, vantage } = report;
  return textBlock(
    total === 0 ? 'No sockets match.' : `${total} sockets: ${states.map(countText).join(', ')}.`,
    tableOf(report),
    paging,
    ownersUnknown > 0 ? `Sockets whose owners are out of sight of this server: ${ownersUnknown}.` : null,
    namesNote,
    detailsNote,
    vantageLine(vantage),
  );
}

const countText = ({ state, count }: ConnectionsReport['states'][number]): string => `${count} ${state}`;

function tableOf({ connections, fields, rows }: ConnectionsReport): string | null {
  if (fields !== undefined && rows !== undefined) {
    return rows.length === 0 ? null : textTable(fields, rows.map(cellsOf));
  }
  const header = ['PROTO', 'STATE', 'RECV-Q', 'SEND-Q', 'LOCAL', 'PEER', 'PROCESS'];
  return connections.length === 0 ? null : textTable(header, connections.map(toRow));
}

function toRow(connection: Connection): string[] {
  const { protocol, state, receiveQueue, sendQueue, local, peer, zone, processes } = connection;
  const owners =
    processes.map(({ name, pid }) => `${name === null ? '' : foreignWord(name)}(${pid})`).join(', ') || '-';
  return [
    protocol,
    state,
    connection.backlog === undefined ? String(receiveQueue) : `${receiveQueue} of ${connection.backlog}`,
    sendQueue === null ? '-' : String(sendQueue),
    endpointText(local, zone ?? connection.device ?? null),
    peer === null ? '*' : endpointText(peer, zone),
    [owners, ...remarksOf(connection)].join('; '),
  ];
}

function remarksOf({ dualStack }: Connection): string[] {
  if (dualStack === undefined) return [];
  return [dualStack ? 'IPv4 too' : 'IPv6 only'];
}

function endpointText({ address, port }: Connection['local'], zone: string | null): string {
  const scoped = zone === null ? address : `${address}%${zone}`;
  return isIPv6(address) ? `[${scoped}]:${port}` : `${scoped}:${port}`;
}
