import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { textBlock, textTable } from '../text-table.js';
import {
  CONNECTIONS_INPUT,
  CONNECTIONS_OUTPUT,
  type Connection,
  type ConnectionsInput,
  type ConnectionsReport,
} from './connection.schema.js';
import { ConnectionsReader } from './connections.reader.js';

@Injectable()
export class NetworkConnectionsTool {
  constructor(
    private readonly reader: ConnectionsReader,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `not_supported` where there is no procfs. */
  @Tool({
    name: 'network_connections',
    title: 'Network connections',
    description:
      'Lists the TCP and UDP sockets of the machine that this server runs on, IPv4 and IPv6: listening ports, open ' +
      'connections with both ends, state, queues and owning process, as ss -tunap does. Use it to see what listens or ' +
      'who is connected. Filter by protocol, family or state (LISTEN for services); narrow filters give short answers.',
    input: CONNECTIONS_INPUT,
    output: CONNECTIONS_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async list(filter: ConnectionsInput, { signal }: CallContext): Promise<ToolOutput<ConnectionsReport>> {
    requireLinux();
    const { connections, total, ownersUnknown } = await this.reader.read(filter, signal);
    const structured = {
      connections,
      total,
      truncated: total > connections.length,
      ownersUnknown,
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured), structured };
  }
}

function toText({ connections, total, truncated, ownersUnknown, vantage }: ConnectionsReport): string {
  const header = ['PROTO', 'STATE', 'RECV-Q', 'SEND-Q', 'LOCAL', 'PEER', 'PROCESS'];
  return textBlock(
    connections.length === 0 ? 'No sockets match.' : textTable(header, connections.map(toRow)),
    truncated ? `${connections.length} of ${total} sockets; raise limit or filter to see the others.` : null,
    ownersUnknown > 0 ? `Sockets whose owners are out of sight of this server: ${ownersUnknown}.` : null,
    vantageLine(vantage),
  );
}

function toRow({
  protocol,
  state,
  receiveQueue,
  sendQueue,
  local,
  peer,
  zone,
  processes,
}: Connection): string[] {
  return [
    protocol,
    state,
    String(receiveQueue),
    sendQueue === null ? '-' : String(sendQueue),
    endpointText(local, zone),
    peer === null ? '*' : endpointText(peer, zone),
    processes.map(({ name, pid }) => `${name}(${pid})`).join(', ') || '-',
  ];
}

function endpointText({ address, port }: Connection['local'], zone: string | null): string {
  const scoped = zone === null ? address : `${address}%${zone}`;
  return isIPv6(address) ? `[${scoped}]:${port}` : `${address}:${port}`;
}
