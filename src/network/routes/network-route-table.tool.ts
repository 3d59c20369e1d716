import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { ToolError } from '../../tools/tool-error.js';
import { parsePrefix } from '../host/ip-prefix.js';
import { FAMILIES } from '../host/kernel-address.js';
import { requireLinux } from '../host/linux.js';
import { KernelTables } from '../host/tables.service.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { cellsOf, pagingLine, pagingOf, rowsOf } from '../paging.js';
import { textBlock, textTable } from '../text-table.js';
import {
  ROUTES_INPUT,
  ROUTES_OUTPUT,
  type NextHop,
  type Route,
  type RoutesInput,
  type RoutesReport,
} from './route.schema.js';

@Injectable()
export class NetworkRouteTableTool {
  constructor(
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * @throws ToolError `invalid_arguments` for a destination that is none, `not_supported` where nothing can be read and
   *   anywhere but on Linux, `tool_failed` when a reading fails.
   */
  @Tool({
    name: 'network_route_table',
    title: 'Routing table',
    description:
      'Lists the IPv4 and IPv6 routing tables of the machine that this server runs on: destination, gateway, ' +
      'interface, metric, protocol, scope, multipath hops, and blackhole, unreachable and prohibit routes; the main ' +
      'table unless another is asked for, and the rules and further tables that there are. Use it to see where packets ' +
      'to an address are sent ("destination"), or why they are not; use network_traceroute to measure the path beyond ' +
      'the first router. Filters, fields and limit keep the answer short.',
    input: ROUTES_INPUT,
    output: ROUTES_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async list(input: RoutesInput, { signal }: CallContext): Promise<ToolOutput<RoutesReport>> {
    requireLinux();
    const { fields, ...query } = input;
    if (query.destination !== undefined && parsePrefix(query.destination) === null) {
      throw new ToolError(
        'invalid_arguments',
        'The argument "destination" is neither an IP address nor a prefix.',
        'Give an address such as 192.0.2.7, or a prefix such as 192.0.2.0/24.',
      );
    }
    const vantage = await this.vantage.describe();
    const reading = await this.tables.read('routes', query, signal);
    const { routes, total } = reading;
    const structured: RoutesReport = {
      routes: fields === undefined ? [...routes] : [],
      total,
      ...pagingOf(query, routes.length, total),
      ...(fields !== undefined && { fields, rows: rowsOf(routes, fields) }),
      table: query.table,
      rules: reading.rules === null ? null : [...reading.rules],
      tables: [...reading.tables],
      source: reading.source,
      sourceNote: reading.sourceNote,
      vantage,
    };
    return { text: toText(structured, pagingLine(query, routes.length, total, 'routes')), structured };
  }
}

function toText(report: RoutesReport, paging: string | null): string {
  const { fields, rows, rules, tables, sourceNote, vantage } = report;
  const body =
    fields === undefined || rows === undefined
      ? FAMILIES.map((family) => sectionOf(report, family))
      : [textTable(fields, rows.map(cellsOf))];
  return textBlock(
    ...body,
    paging,
    rules === null || rules.length === 0
      ? null
      : ['Rules', ...rules.map(({ family, priority, rule }) => `  ${family} ${priority}: ${rule}`)].join(
          '\n',
        ),
    tables.length === 0 ? null : `Further tables: ${tables.join(', ')}.`,
    sourceNote,
    vantageLine(vantage),
  );
}

function sectionOf({ routes, table }: RoutesReport, family: Route['family']): string {
  const rows = routes.filter((route) => route.family === family).flatMap(toRows);
  const title = `${family === 'ipv4' ? 'IPv4' : 'IPv6'}${table === 'main' ? '' : `, table ${table}`}`;
  const header = ['DESTINATION', 'GATEWAY', 'INTERFACE', 'METRIC', 'PROTOCOL', 'SCOPE', 'SOURCE', 'TYPE'];
  return rows.length === 0 ? `${title}: no routes listed` : `${title}\n${textTable(header, rows)}`;
}

/** One line for a route, and one for each hop when it has several. */
function toRows(route: Route): string[][] {
  const destination = route.default === true ? `default (${route.destination})` : route.destination;
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
      [route.type ?? '?', ...remarksOf(route)].join(' '),
    ],
    ...route.nextHops.map((hop) => [
      '  next hop',
      hop.gateway ?? '-',
      hop.interface ?? '-',
      [...(hop.weight === null ? [] : [`weight ${hop.weight}`]), ...hopRemarks(hop)].join(' '),
    ]),
  ];
}

function remarksOf({ mtu, tos, encapsulation, table, flags }: Route): string[] {
  return [
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
    ...(tos === undefined ? [] : [`tos ${tos}`]),
    ...(encapsulation === undefined ? [] : [`encap ${encapsulation}`]),
    ...(table === undefined ? [] : [`table ${table}`]),
    ...flags,
  ];
}

function hopRemarks({ encapsulation, flags = [] }: NextHop): string[] {
  return [...(encapsulation === undefined ? [] : [`encap ${encapsulation}`]), ...flags];
}
