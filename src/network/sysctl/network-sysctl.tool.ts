import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { KernelTables } from '../host/tables.service.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { textBlock, textTable } from '../text-table.js';
import { SYSCTL_INPUT, SYSCTL_OUTPUT, type SysctlInput, type SysctlReport } from './sysctl.schema.js';

@Injectable()
export class NetworkSysctlTool {
  constructor(
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /** @throws ToolError `not_supported` where there is no procfs. */
  @Tool({
    name: 'network_sysctl',
    title: 'Kernel settings',
    description:
      'Shows the kernel settings of this server that change reachability, each with what its value means: forwarding, ' +
      'rp_filter, ARP, IPv6, ECN, path MTU discovery, ping, port range, connection tracking; and interfaces that deviate. ' +
      'Needs the scope network:host.',
    input: SYSCTL_INPUT,
    output: SYSCTL_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    scope: 'network:host',
  })
  async show(query: SysctlInput, { signal }: CallContext): Promise<ToolOutput<SysctlReport>> {
    requireLinux();
    const { settings, deviations, total } = await this.tables.read('sysctl', query, signal);
    const structured: SysctlReport = {
      settings: [...settings],
      deviations: [...deviations],
      total,
      truncated: deviations.length < total,
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured), structured };
  }
}

function toText({ settings, deviations, total, vantage }: SysctlReport): string {
  return textBlock(
    textTable(
      ['SETTING', 'VALUE', 'MEANING'],
      [...settings, ...deviations].map(({ name, value, meaning }) => [name, value ?? '-', meaning]),
    ),
    deviations.length < total ? `${deviations.length} of ${total} deviations of single interfaces.` : null,
    vantageLine(vantage),
  );
}
