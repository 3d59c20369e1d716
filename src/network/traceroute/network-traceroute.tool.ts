import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { cut, quote } from '../../core/quote.js';
import type { Probe } from '../../policy/probe-policy.service.js';
import { ToolError } from '../../tools/tool-error.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { exitFailure } from '../host/program-failure.js';
import { ProgramRunner } from '../host/program-runner.js';
import { ProgramVariants } from '../host/program-variants.js';
import { beforeDeadline } from '../host/time-left.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { ProbeGate } from '../target/probe-gate.js';
import { TargetResolver } from '../target/target-resolver.js';
import type { TargetAddress } from '../target/target.js';
import { textBlock } from '../text-table.js';
import { hasReached, lossPercentOf, loopsIn, respondersOf } from './trace.js';
import { parseTracerouteHop, type TracerouteHop } from './traceroute.parser.js';
import { MAX_HOPS, type Method, PROBES, traceArguments } from './traceroute-arguments.js';
import {
  TRACEROUTE_INPUT,
  TRACEROUTE_OUTPUT,
  type TracerouteInput,
  type TracerouteReport,
} from './traceroute.schema.js';

const MAX_OTHER_ADDRESSES = 8;
const MAX_LOOPS = 5;
const MAX_QUOTE = 500;
const MAX_OUTPUT = 8 * 1024;

@Injectable()
export class NetworkTracerouteTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly gate: ProbeGate,
    private readonly runner: ProgramRunner,
    private readonly variants: ProgramVariants,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * Reports each hop as progress, out of 30, as soon as it is known. A target that is not reached is a measurement.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `policy_denied`, `missing_binary`, `permission_denied`,
   *   `not_supported`, or `tool_failed` when nothing could be sent, such as without a route.
   */
  @Tool({
    name: 'network_traceroute',
    title: 'Traceroute',
    description:
      'Traces the routers between the machine that this server runs on and a host, over IPv4 or IPv6, with UDP, ' +
      'ICMP or TCP probes: address and round-trip times of every hop, and ICMP errors such as !H. Use it to find where packets ' +
      'stop or become slow. A target that is silent takes some 12 seconds; use network_ping for a quick check.',
    input: TRACEROUTE_INPUT,
    output: TRACEROUTE_OUTPUT,
    probes: ({ target, family, method, port }) => [{ host: target, family, ...probeBy(method, port) }],
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    duration: 'long',
  })
  async trace(input: TracerouteInput, context: CallContext): Promise<ToolOutput<TracerouteReport>> {
    requireLinux();
    const { target, fallback, family } = input;
    const deadline = beforeDeadline(context);
    try {
      const addresses = await context.aside(() => this.resolver.resolveAll(target, context.signal, family));
      const [first] = addresses;
      const other = addresses.find((address) => address.family !== first.family);
      const go = (address: TargetAddress): Promise<Trace> =>
        this.run(address, input, context, deadline.signal);
      let trace = await go(first).catch((error: unknown) => {
        if (!fallback || other === undefined || !(error instanceof ToolError)) throw error;
        // What is denied is denied: no other address makes a reading of it.
        if (error.code === 'policy_denied') throw error;
        context.signal.throwIfAborted();
        return error;
      });
      let from: TargetAddress | undefined;
      let reason = 'It was not reached.';
      const isOpen = !deadline.signal.aborted;
      if (other !== undefined && fallback && isOpen && (trace instanceof ToolError || !trace.reached)) {
        if (trace instanceof ToolError) reason = trace.message;
        from = first;
        trace = await go(other);
      }
      if (trace instanceof ToolError) throw trace;
      const isHint = other !== undefined && !fallback && !trace.reached;
      const structured = {
        target,
        ...trace,
        remarks: [...trace.remarks, ...(isHint ? [otherWay(other)] : [])],
        otherAddresses: addresses
          .map(({ address }) => address)
          .filter((address) => address !== trace.address)
          .slice(0, MAX_OTHER_ADDRESSES),
        fallbackFrom: from === undefined ? null : { ...from, reason },
        vantage: await this.vantage.describe(),
      };
      return { text: toText(structured), structured };
    } finally {
      deadline.end();
    }
  }

  private async run(
    target: TargetAddress,
    { target: host, method, port }: TracerouteInput,
    context: CallContext,
    until: AbortSignal,
  ): Promise<Trace> {
    const { principal, signal } = context;
    const { address } = target;
    await this.gate.admit({ tool: 'network_traceroute', principal, host, address, ...probeBy(method, port) });
    const variant = await this.variants.of('traceroute', signal);
    const hops: TracerouteHop[] = [];
    const onLine = (line: string): void => {
      const hop = parseTracerouteHop(line);
      if (hop === null) return;
      hops.push(hop);
      context.reportProgress({ progress: hop.ttl, total: MAX_HOPS, message: hopText(hop) });
    };
    const args = traceArguments(variant, target, { method, port });
    const { exitCode, stdout, stderr } = await this.runner.run('traceroute', args, { signal, until, onLine });
    // One that was killed has not looked to the end either.
    const complete = !until.aborted && exitCode !== null;
    if (complete && hops.length === 0 && exitCode === 0) throw notUnderstood(stdout);
    // The one of inetutils ends with 1 where the target is not reached.
    if (complete && exitCode !== 0 && hops.length === 0)
      throw exitFailure('traceroute', stderr, target.address);
    const ending = complete ? 'finished' : 'cut off';
    return {
      ...target,
      reached: hasReached(hops, target.address, { ending, maxHops: MAX_HOPS }),
      maxHops: MAX_HOPS,
      hops: hops.map((hop) => ({
        ...hop,
        probes: hop.probes.map((probe) => probe && { ...probe, mpls: [...probe.mpls] }),
        lossPercent: lossPercentOf(hop),
        responders: respondersOf(hop),
      })),
      method,
      port: method === 'tcp' ? port : null,
      complete,
      remarks: remarksOn(hops, target.address, complete, stderr),
    };
  }
}

/** UDP probes go to one port after the other, which nobody is to listen on. */
const probeBy = (method: Method, port: number): Pick<Probe, 'transport' | 'port'> =>
  method === 'tcp' ? { transport: 'tcp', port } : { transport: method };

type Trace = Omit<TracerouteReport, 'target' | 'otherAddresses' | 'fallbackFrom' | 'vantage'>;

function remarksOn(
  hops: readonly TracerouteHop[],
  address: string,
  complete: boolean,
  stderr: string,
): string[] {
  const loops = loopsIn(hops);
  const onTheWay = hops
    .slice(0, -1)
    .find((hop) => respondersOf(hop).some((from) => from.address === address));
  return [
    ...(complete ? [] : [`The time was up while hop ${openHop(hops)} was open.`]),
    ...(loops.length > 0
      ? [`Packets go in a circle, or so it looks: ${loops.slice(0, MAX_LOOPS).join('; ')}.`]
      : []),
    ...(onTheWay
      ? [`The address of the target answered on the way, at hop ${onTheWay.ttl}, as a router does.`]
      : []),
    ...(stderr.trim() === '' ? [] : [`traceroute says: ${cut(stderr.trim(), MAX_QUOTE)}`]),
  ];
}

/** The last one, unless all of its probes are told: then the one behind it. */
function openHop(hops: readonly TracerouteHop[]): number {
  const last = hops.at(-1);
  if (last === undefined) return 1;
  return last.probes.length < PROBES ? last.ttl : last.ttl + 1;
}

function otherWay({ address, family }: TargetAddress): string {
  return `The name has the ${family} address ${address} as well: ask with "family" or "fallback".`;
}

function notUnderstood(stdout: string): ToolError {
  return new ToolError(
    'tool_failed',
    `The output of traceroute is not understood: ${quote(stdout, MAX_QUOTE)}.`,
    'Read that text, or install the traceroute of Dmitry Butskoy (Debian, Ubuntu: apt-get install traceroute).',
    { output: cut(stdout, MAX_OUTPUT) },
  );
}

function toText(report: TracerouteReport): string {
  const { target, address, reached, hops, vantage, complete, method, port, fallbackFrom } = report;
  const name = target === address ? address : `${target} (${address})`;
  const count = `${hops.length} ${hops.length === 1 ? 'hop' : 'hops'}`;
  const outcome = reached ? `reached in ${count}` : `not reached, ${count} tried`;
  const how =
    method === 'udp' ? '' : ` (${method.toUpperCase()} probes${port === null ? '' : ` to port ${port}`})`;
  return textBlock(
    `${name}: ${outcome}${how}${complete ? '' : ', cut off'}.`,
    ...hops.map(hopText),
    fallbackFrom && `Tried first: ${fallbackFrom.address} (${fallbackFrom.family}). ${fallbackFrom.reason}`,
    ...report.remarks,
    vantageLine(vantage),
  );
}

/** As traceroute itself writes it: an address only where it differs from that of the probe before. */
function hopText({ ttl, probes }: TracerouteHop): string {
  let previous = '';
  const parts = probes.map((probe) => {
    if (probe === null) return '*';
    const { address, ms, annotation, mpls } = probe;
    const labels = mpls.length === 0 ? '' : `MPLS ${mpls.map(({ label }) => label).join('/')}  `;
    const from = address === previous ? '' : `${address}  ${labels}`;
    previous = address;
    return `${from}${ms} ms${annotation === null ? '' : ` ${annotation}`}`;
  });
  return `${String(ttl).padStart(2)}  ${parts.join('  ')}`;
}
