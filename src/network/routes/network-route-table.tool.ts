import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { readWithFallback } from '../host/fallback.reader.js';
import { FAMILIES } from '../host/kernel-address.js';
import { requireLinux } from '../host/linux.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { textBlock, textTable } from '../text-table.js';
import { NetlinkRoutesReader } from './netlink-routes.reader.js';
import { ProcfsRoutesReader } from './procfs-routes.reader.js';
import {
  ROUTES_INPUT,
  ROUTES_OUTPUT,
  type Route,
  type RoutesInput,
  type RoutesReport,
} from './route.schema.js';

@Injectable()
export class NetworkRouteTableTool {
  constructor(
    private readonly netlink: NetlinkRoutesReader,
    private readonly procfs: ProcfsRoutesReader,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `tool_failed` when a reading fails, `not_supported` anywhere but on Linux. */
  @Tool({
    name: 'network_route_table',
    title: 'Routing table',
    description:
      'Lists the main IPv4 and IPv6 routing tables of the machine that this server runs on: destination, gateway, ' +
      'interface, metric, protocol, scope, multipath hops, and blackhole, unreachable and prohibit routes. Use it to ' +
      'see where packets to an address are sent, or why they are not; use network_traceroute to measure the path beyond ' +
      'the first router. Tables of policy routing rules are not listed.',
    input: ROUTES_INPUT,
    output: ROUTES_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async list({ family, limit }: RoutesInput, { signal }: CallContext): Promise<ToolOutput<RoutesReport>> {
    requireLinux();
    const { entries, source, sourceNote } = await readWithFallback(this.netlink, this.procfs, signal);
    const matching = entries.filter((route) => family === undefined || route.family === family);
    const structured = {
      routes: matching.slice(0, limit),
      total: matching.length,
      truncated: matching.length > limit,
      source,
      sourceNote,
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured), structured };
  }
}

function toText({ routes, total, truncated, sourceNote, vantage }: RoutesReport): string {
  const sections = FAMILIES.map((family) => {
    const rows = routes.filter((route) => route.family === family).flatMap(toRows);
    const title = family === 'ipv4' ? 'IPv4' : 'IPv6';
    const header = ['DESTINATION', 'GATEWAY', 'INTERFACE', 'METRIC', 'PROTOCOL', 'SCOPE', 'SOURCE', 'TYPE'];
    return rows.length === 0 ? `${title}: no routes listed` : `${title}\n${textTable(header, rows)}`;
  });
  const cut = truncated
    ? `${routes.length} of ${total} routes; raise limit or choose a family to see the others.`
    : null;
  return textBlock(...sections, cut, sourceNote, vantageLine(vantage));
}

/** One line for a route, and one for each hop when it has several. */
function toRows(route: Route): string[][] {
  const destination = route.destination.endsWith('/0') ? `default (${route.destination})` : route.destination;
  const source = route.sourcePrefix === null ? destination : `${destination} from ${route.sourcePrefix}`;
  return [
    [
      source,
      route.gateway ?? (route.nextHops.length > 0 ? 'multipath' : '-'),
      route.interface ?? '-',
      String(route.metric),
      route.protocol ?? '-',
      route.scope ?? '-',
      route.preferredSource ?? '-',
      route.type ?? '?',
    ],
    ...route.nextHops.map(({ gateway, interface: device, weight }) => [
      '  next hop',
      gateway ?? '-',
      device ?? '-',
      weight === null ? '' : `weight ${weight}`,
    ]),
  ];
}
