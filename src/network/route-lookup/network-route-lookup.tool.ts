import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { ToolError } from '../../tools/tool-error.js';
import { requireLinux } from '../host/linux.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { ProbeGate } from '../target/probe-gate.js';
import { TargetResolver } from '../target/target-resolver.js';
import { plainSource } from '../target/target.js';
import { textBlock } from '../text-table.js';
import {
  ROUTE_LOOKUP_INPUT,
  ROUTE_LOOKUP_OUTPUT,
  type RouteLookupInput,
  type RouteLookupReport,
} from './route-lookup.schema.js';
import { RouteOracle } from './route-oracle.service.js';

const TOOL = 'network_route_lookup';
const MAX_OTHER_ADDRESSES = 8;

@Injectable()
export class NetworkRouteLookupTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly gate: ProbeGate,
    private readonly oracle: RouteOracle,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * A packet that goes nowhere is an answer, not an error.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `policy_denied`, `not_supported`, `tool_failed`.
   */
  @Tool({
    name: TOOL,
    title: 'Route look-up',
    description:
      'Asks the kernel of this server which way a packet to a host would go (ip route get): outcome, gateway, interface, ' +
      'source address, table, matching prefix and the policy rule that decided. Sends nothing. For one destination; ' +
      'network_route_table lists all routes.',
    input: ROUTE_LOOKUP_INPUT,
    output: ROUTE_LOOKUP_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    probes: ({ target, from }) => [{ host: target, family: familyOf(from), transport: 'none' }],
  })
  async lookUp(input: RouteLookupInput, context: CallContext): Promise<ToolOutput<RouteLookupReport>> {
    requireLinux();
    const { target, from: source, ...rest } = input;
    const from = source === undefined ? undefined : plainSource(source);
    const question = { ...rest, from };
    const { iif } = question;
    if (from !== undefined && isIP(from) === 0) throw invalid('"from" is no IP address.');
    if (iif !== undefined && from === undefined)
      throw invalid('"iif" needs "from": where the packet comes from.');
    const [address, ...others] = await this.resolver.resolveAll(target, context.signal, familyOf(from));
    const { principal, signal } = context;
    await this.gate.admit({
      tool: TOOL,
      principal,
      host: target,
      address: address.address,
      transport: 'none',
    });
    const structured: RouteLookupReport = {
      target,
      ...(await this.oracle.ask(address, question, signal)),
      otherAddresses: others.slice(0, MAX_OTHER_ADDRESSES).map((other) => other.address),
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured), structured };
  }
}

/** That of the address it is sent from. */
const familyOf = (from: string | undefined): 'ipv4' | 'ipv6' | 'any' =>
  from === undefined ? 'any' : isIP(plainSource(from)) === 4 ? 'ipv4' : 'ipv6';

const invalid = (message: string): ToolError =>
  new ToolError('invalid_arguments', message, 'Give the source address of the packet, such as 192.0.2.7.');

const OUTCOMES: Readonly<Record<string, string>> = {
  unicast: 'sent on',
  local: 'to this machine itself',
  no_route: 'not sent, there is no route',
  unreachable: 'refused as unreachable',
  prohibit: 'refused as prohibited',
  blackhole: 'dropped in silence',
  martian: 'refused for its source (rp_filter)',
};

function toText(report: RouteLookupReport): string {
  const { target, address, outcome, gateway, sourceAddress, table, matchedPrefix, rule, nextHops, mtu } =
    report;
  const name = target === address ? address : `${target} (${address})`;
  const way = [
    ...(gateway === null ? [] : [`by ${gateway}`]),
    ...(report.interface === null ? [] : [`on ${report.interface}`]),
    ...(sourceAddress === null ? [] : [`from ${sourceAddress}`]),
  ];
  const expiry = report.mtuExpiresSeconds === null ? '' : ` (learnt, for ${report.mtuExpiresSeconds} s more)`;
  return textBlock(
    `${name}: ${[OUTCOMES[outcome] ?? outcome, ...way].join(' ')}.`,
    table === null ? null : `Table ${table}${matchedPrefix === null ? '' : `, prefix ${matchedPrefix}`}.`,
    rule && `Rule ${rule.priority}: ${rule.rule} (inferred).`,
    nextHops.length === 0
      ? null
      : `One of ${nextHops.map((hop) => `${hop.gateway ?? hop.interface} weight ${hop.weight ?? '?'}`).join(', ')}.`,
    mtu === null ? null : `MTU ${mtu}${expiry}.`,
    ...report.remarks,
    report.sourceNote,
    vantageLine(report.vantage),
  );
}
