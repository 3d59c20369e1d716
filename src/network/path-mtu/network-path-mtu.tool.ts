import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { ToolError } from '../../tools/tool-error.js';
import { requireLinux } from '../host/linux.js';
import { KernelTables } from '../host/tables.service.js';
import { beforeDeadline } from '../host/time-left.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { RouteOracle } from '../route-lookup/route-oracle.service.js';
import { ProbeGate } from '../target/probe-gate.js';
import { TargetResolver } from '../target/target-resolver.js';
import { textBlock } from '../text-table.js';
import { PathMtuProber } from './path-mtu.prober.js';
import { PATH_MTU_INPUT, PATH_MTU_OUTPUT, type PathMtuInput, type PathMtuReport } from './path-mtu.schema.js';

const TOOL = 'network_path_mtu';
const MAX_OTHER_ADDRESSES = 8;
/** Of a link that does not tell its own. */
const USUAL_MTU = 1500;
const HELD_REMARK = 'The kernel sends nothing larger than what it remembers; by now more may pass.';

@Injectable()
export class NetworkPathMtuTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly gate: ProbeGate,
    private readonly oracle: RouteOracle,
    private readonly prober: PathMtuProber,
    private readonly tables: KernelTables,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * A path without an answer is a measurement, not an error.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `policy_denied`; `missing_binary` or `permission_denied`
   *   where neither tracepath nor ping can be used; `tool_failed` when nothing could be sent.
   */
  @Tool({
    name: TOOL,
    title: 'Path MTU',
    description:
      'Finds the largest packet that gets from this server to a host unfragmented: the router that limits it, or a black ' +
      'hole that swallows large packets in silence. Use it when connections open and then hang, as over tunnels and VPNs. ' +
      'Takes up to 15 seconds.',
    input: PATH_MTU_INPUT,
    output: PATH_MTU_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    probes: ({ target, family }) => [{ host: target, family, transport: 'icmp' }],
  })
  async measure(input: PathMtuInput, context: CallContext): Promise<ToolOutput<PathMtuReport>> {
    requireLinux();
    const { signal, principal } = context;
    const { target } = input;
    const deadline = beforeDeadline(context);
    try {
      const [address, ...others] = await this.resolver.resolveAll(target, signal, input.family);
      await this.gate.admit({
        tool: TOOL,
        principal,
        host: target,
        address: address.address,
        transport: 'icmp',
      });
      const route = await this.oracle.ask(address, {}, signal);
      const link = route.interface === null ? null : await this.linkOf(route.interface, signal);
      const cached = route.mtu === null ? null : { mtu: route.mtu, expiresSeconds: route.mtuExpiresSeconds };
      const large = Math.min(link?.mtu ?? USUAL_MTU, cached?.mtu ?? Infinity);
      const found = await this.prober.probe(address, large, { principal, signal, until: deadline.signal });
      const isHeld = found.limitedBy.length === 0 && cached !== null && found.mtu === cached.mtu;
      const structured: PathMtuReport = {
        target,
        ...address,
        ...found,
        interface: link,
        cached,
        remarks: [...found.remarks, ...(isHeld ? [HELD_REMARK] : [])],
        otherAddresses: others.slice(0, MAX_OTHER_ADDRESSES).map((other) => other.address),
        vantage: await this.vantage.describe(),
      };
      return { text: toText(structured), structured };
    } finally {
      deadline.end();
    }
  }

  private async linkOf(name: string, signal: AbortSignal): Promise<PathMtuReport['interface']> {
    try {
      const { interfaces } = await this.tables.read('interfaces', { name, limit: 1, offset: 0 }, signal);
      return { name, mtu: interfaces[0]?.mtu ?? null };
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      return { name, mtu: null };
    }
  }
}

function toText(report: PathMtuReport): string {
  const { target, address, limitedBy, cached, vantage } = report;
  const name = target === address ? address : `${target} (${address})`;
  const link = report.interface;
  return textBlock(
    `${name}: ${verdictText(report)}`,
    ...limitedBy.map((hop) => `${hop.address} says that its next link takes ${hop.mtu} bytes.`),
    link === null ? null : `First link: ${link.name}, MTU ${link.mtu ?? 'unknown'}.`,
    cached &&
      `The kernel had ${cached.mtu} bytes in mind${cached.expiresSeconds === null ? ', set on the route' : `, for ${cached.expiresSeconds} s more`}.`,
    ...report.remarks,
    vantageLine(vantage),
  );
}

function verdictText({ verdict, mtu, blackHole, method }: PathMtuReport): string {
  const by = method === null ? '' : ` (by ${method})`;
  switch (verdict) {
    case 'found':
      return `packets of ${mtu} bytes get through${by}.`;
    case 'black_hole':
      return `a black hole: ${blackHole?.largestAnswered} bytes are answered, ${blackHole?.smallestSilent} vanish without a word${by}.`;
    case 'unfinished':
      return `the time was up${mtu === null ? '' : `; ${mtu} bytes get through`}${by}.`;
    case 'unanswered':
      return 'no answer, not even to small packets: the path MTU cannot be measured.';
  }
}
