import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { exitFailure } from '../host/program-failure.js';
import { ProgramRunner } from '../host/program-runner.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { TargetResolver } from '../target/target-resolver.js';
import type { TargetAddress } from '../target/target.js';
import { textBlock } from '../text-table.js';
import { hasReached, parseTracerouteHop, type TracerouteHop } from './traceroute.parser.js';
import {
  TRACEROUTE_INPUT,
  TRACEROUTE_OUTPUT,
  type TracerouteInput,
  type TracerouteReport,
} from './traceroute.schema.js';

const MAX_HOPS = 30;

@Injectable()
export class NetworkTracerouteTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly runner: ProgramRunner,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * Reports each hop as progress, out of 30, as soon as it is known. A target that is not reached is a measurement.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `missing_binary`, `permission_denied`, `not_supported`, or
   *   `tool_failed` when nothing could be sent, such as without a route.
   */
  @Tool({
    name: 'network_traceroute',
    title: 'Traceroute',
    description:
      'Traces the routers between the machine that this server runs on and a host, over IPv4 or IPv6, with UDP ' +
      'probes: address and round-trip times of every hop, and ICMP errors such as !H. Use it to find where packets ' +
      'stop or become slow. A target that is silent takes several seconds; use network_ping for a quick check.',
    input: TRACEROUTE_INPUT,
    output: TRACEROUTE_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    duration: 'long',
  })
  async trace({ target }: TracerouteInput, context: CallContext): Promise<ToolOutput<TracerouteReport>> {
    requireLinux();
    const { signal } = context;
    const { address, family } = await this.resolver.resolve(target, signal);
    const hops: TracerouteHop[] = [];
    const onLine = (line: string): void => {
      const hop = parseTracerouteHop(line);
      if (hop === null) return;
      hops.push(hop);
      context.reportProgress({ progress: hop.ttl, total: MAX_HOPS, message: hopText(hop) });
    };
    const { exitCode, stderr } = await this.runner.run('traceroute', traceArguments({ address, family }), {
      signal,
      onLine,
    });
    if (exitCode !== 0) throw exitFailure('traceroute', stderr, address);
    const reached = hasReached(hops, address);
    const vantage = await this.vantage.describe();
    const structured = { target, address, family, reached, maxHops: MAX_HOPS, hops, vantage };
    return { text: toText(structured), structured };
  }
}

/** UDP probes, the default method, need no privilege. Nothing but the address may be looked up: `-n`. */
function traceArguments({ address, family }: TargetAddress): string[] {
  return [family === 'ipv4' ? '-4' : '-6', '-n', '-q', '3', '-w', '1', '-m', String(MAX_HOPS), address];
}

function toText({ target, address, reached, hops, vantage }: TracerouteReport): string {
  const name = target === address ? address : `${target} (${address})`;
  const count = `${hops.length} ${hops.length === 1 ? 'hop' : 'hops'}`;
  const outcome = reached ? `reached in ${count}` : `not reached, ${count} tried`;
  return textBlock(`${name}: ${outcome}.`, ...hops.map(hopText), vantageLine(vantage));
}

/** As traceroute itself writes it: an address only where it differs from that of the probe before. */
function hopText({ ttl, probes }: TracerouteHop): string {
  let previous = '';
  const parts = probes.map((probe) => {
    if (probe === null) return '*';
    const { address, ms, annotation } = probe;
    const from = address === previous ? '' : `${address}  `;
    previous = address;
    return `${from}${ms} ms${annotation === null ? '' : ` ${annotation}`}`;
  });
  return `${String(ttl).padStart(2)}  ${parts.join('  ')}`;
}
