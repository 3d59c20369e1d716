import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { beforeDeadline } from '../host/time-left.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { sourceFor } from '../../core/names/address-order.js';
import { ProbeGate } from '../target/probe-gate.js';
import { TargetResolver } from '../target/target-resolver.js';
import { textBlock } from '../text-table.js';
import {
  type CheckedPort,
  PORT_CHECK_INPUT,
  PORT_CHECK_OUTPUT,
  PORT_STATES,
  type PortCheckInput,
  type PortCheckReport,
} from './port-check.schema.js';
import { parsePorts, portRanges } from './port-list.js';
import { PortProber, waitFor } from './port.prober.js';

const NAME = 'network_port_check';
const MAX_OTHER_ADDRESSES = 8;
/** After this the kernel sends its first packet again (RFC 6298, 2.1). */
const RETRANSMISSION_MS = 1_000;

@Injectable()
export class NetworkPortCheckTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly gate: ProbeGate,
    private readonly prober: PortProber,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * A port that is closed or silent is a measurement. All ports are admitted before anything is sent to one of them.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `policy_denied`, `not_supported`.
   */
  @Tool({
    name: NAME,
    title: 'Port check',
    description:
      'Tries TCP ports of a host by a handshake, and tells open, refused (closed), filtered (no answer) and ' +
      'unreachable apart, with times. Nothing is sent or read; network_tls_inspect and network_http_probe look into ' +
      'an open port.',
    input: PORT_CHECK_INPUT,
    output: PORT_CHECK_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    probes: ({ target: host, family, ports }) =>
      parsePorts(ports).map((port) => ({ host, family, port, transport: 'tcp' })),
  })
  async check(
    { target, ports: list, family }: PortCheckInput,
    context: CallContext,
  ): Promise<ToolOutput<PortCheckReport>> {
    requireLinux();
    const ports = parsePorts(list);
    const deadline = beforeDeadline(context);
    try {
      const { signal, principal } = context;
      const [first, ...others] = await this.resolver.resolveAll(target, signal, family);
      const { address } = first;
      for (const port of ports) {
        await this.gate.admit({ tool: NAME, principal, host: target, address, port, transport: 'tcp' });
      }
      const stop = AbortSignal.any([signal, deadline.signal]);
      const [localAddress, checked] = await Promise.all([
        sourceFor(first),
        this.prober.probe(first, ports, { principal, waitMs: waitFor(ports.length, deadline.leftMs), stop }),
      ]);
      signal.throwIfAborted();
      const structured = {
        target,
        ...first,
        otherAddresses: others.map((other) => other.address).slice(0, MAX_OTHER_ADDRESSES),
        localAddress,
        ports: checked,
        counts: countsOf(checked),
        complete: !checked.some(({ state, code }) => state === 'not_tested' && code === null),
        remarks: remarksOn(checked),
        vantage: await this.vantage.describe(),
      };
      return { text: toText(structured), structured };
    } finally {
      deadline.end();
    }
  }
}

function countsOf(checked: readonly CheckedPort[]): PortCheckReport['counts'] {
  const counts = { open: 0, refused: 0, filtered: 0, unreachable: 0, not_tested: 0 };
  for (const { state } of checked) counts[state] += 1;
  return counts;
}

function remarksOn(checked: readonly CheckedPort[]): string[] {
  const codes = new Set(checked.filter(({ state }) => state === 'not_tested').map(({ code }) => code));
  const isSlow = checked.some(
    ({ state, ms }) => (state === 'open' || state === 'refused') && (ms ?? 0) >= RETRANSMISSION_MS,
  );
  const isMixed = ['unreachable', 'filtered'].every((state) => checked.some((port) => port.state === state));
  return [
    ...(isMixed
      ? ['Routers limit how many errors they send: a silent port may be unreachable as well.']
      : []),
    ...(codes.delete(null) ? ['The time was up before all ports were tested.'] : []),
    ...(codes.size > 0 ? [`This machine could not begin some handshakes: ${[...codes].join(', ')}.`] : []),
    ...(isSlow
      ? ['An answer that took a second or more may have come only after the first packet was sent again.']
      : []),
  ];
}

function toText(report: PortCheckReport): string {
  const { target, address, ports, counts, localAddress } = report;
  const name = target === address ? target : `${target} (${address})`;
  const lines = PORT_STATES.flatMap((state) => {
    const those = ports.filter((port) => port.state === state);
    if (those.length === 0) return [];
    const codes = [...new Set(those.map(({ code }) => code))].filter((code) => code !== null);
    const why = state === 'unreachable' && codes.length > 0 ? ` (${codes.join(', ')})` : '';
    const list =
      state === 'open'
        ? those.map(({ port, ms }) => `${port} (${ms} ms)`).join(', ')
        : portRanges(those.map(({ port }) => port));
    return [`  ${state.replace('_', ' ')}${why}: ${list}`];
  });
  return textBlock(
    `${name}: ${counts.open} of ${ports.length} TCP ports open${localAddress === null ? '' : `, from ${localAddress}`}.`,
    ...lines,
    ...report.remarks,
    vantageLine(report.vantage),
  );
}
