import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { KernelTables } from '../host/tables.service.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { pagingLine, pagingOf } from '../paging.js';
import { printable, textBlock, textTable } from '../text-table.js';
import {
  FIREWALL_INPUT,
  FIREWALL_OUTPUT,
  type FirewallInput,
  type FirewallReport,
} from './firewall.schema.js';

@Injectable()
export class NetworkFirewallTool {
  constructor(
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /** What may not be read is said in the answer. @throws ToolError `not_supported` anywhere but on Linux. */
  @Tool({
    name: 'network_firewall',
    title: 'Firewall',
    description:
      'Shows the packet filter of this server, as far as its privilege goes: nftables and iptables tables, chains with hook ' +
      'and policy, rules as text, and how full the connection tracking is. Use it when a port is refused or filtered here. ' +
      'Needs the scope network:host.',
    input: FIREWALL_INPUT,
    output: FIREWALL_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    scope: 'network:host',
  })
  async show(query: FirewallInput, { signal }: CallContext): Promise<ToolOutput<FirewallReport>> {
    requireLinux();
    const reading = await this.tables.read('firewall', query, signal);
    const { rules, total, chains, chainsTotal } = reading;
    const { truncated, nextOffset } = pagingOf(query, rules.length, total);
    const structured: FirewallReport = {
      ...reading,
      truncated: truncated || chains.length < chainsTotal,
      nextOffset,
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured, pagingLine(query, rules.length, total, 'rules')), structured };
  }
}

function toText(report: FirewallReport, paging: string | null): string {
  const { readable, tables, chains, chainsTotal, rules, conntrack, notes, vantage } = report;
  return textBlock(
    readable ? null : 'The rules cannot be read.',
    readable && tables.length === 0 ? 'There are no tables: nothing is filtered here.' : null,
    ...tables.map(
      ({ family, table, chains: count, rules: each, sets, source }) =>
        `Table ${family} ${printable(table)} (${source}): ${count} chains, ${each} rules, ${sets} sets.`,
    ),
    chains.length === 0
      ? null
      : textTable(
          ['TABLE', 'CHAIN', 'HOOK', 'PRIORITY', 'POLICY', 'RULES'],
          chains.map((chain) => [
            `${chain.family} ${chain.table}`,
            chain.chain,
            chain.hook ?? '-',
            chain.priority ?? '-',
            chain.policy ?? '-',
            String(chain.rules),
          ]),
        ),
    chains.length < chainsTotal ? `${chains.length} of ${chainsTotal} chains.` : null,
    ...rules.map(({ family, table, chain, text }) => printable(`${family} ${table} ${chain}: ${text}`)),
    paging,
    conntrack && `Connection tracking: ${conntrack.count} of ${conntrack.max} (${conntrack.usedPercent} %).`,
    ...notes,
    vantageLine(vantage),
  );
}
