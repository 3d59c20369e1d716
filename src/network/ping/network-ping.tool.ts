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
import { parsePing } from './ping.parser.js';
import { PING_INPUT, PING_OUTPUT, type PingInput, type PingReport } from './ping.schema.js';

@Injectable()
export class NetworkPingTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly runner: ProgramRunner,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * A host that does not answer is a measurement, not an error.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `missing_binary`, `permission_denied`, `not_supported`, or
   *   `tool_failed` when nothing could be sent, such as without a route.
   */
  @Tool({
    name: 'network_ping',
    title: 'Ping',
    description:
      'Sends ICMP echo requests from the machine that this server runs on to a host, over IPv4 or IPv6, and reports ' +
      'loss, round-trip times and ICMP errors. Use it to see whether a host answers and how fast. No answer ' +
      '(reachable: false) can also mean a firewall that drops ICMP; use network_traceroute to see where packets stop.',
    input: PING_INPUT,
    output: PING_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  })
  async ping({ target, count }: PingInput, { signal }: CallContext): Promise<ToolOutput<PingReport>> {
    requireLinux();
    const { address, family } = await this.resolver.resolve(target, signal);
    const { stdout, stderr } = await this.runner.run('ping', pingArguments({ address, family }, count), {
      signal,
    });
    const parsed = parsePing(stdout);
    if (parsed === null) throw exitFailure('ping', stderr, address);
    const structured = {
      target,
      address,
      family,
      reachable: parsed.received > 0,
      ...parsed,
      localErrors: distinctLines(stderr),
      vantage: await this.vantage.describe(),
    };
    return { text: toText(structured), structured };
  }
}

/**
 * - `-n`: nothing but the address may be looked up.
 * - `-i 0.2`: the shortest interval that ping permits to an ordinary user.
 * - `-W 1`: how long to wait after the last request when nothing has answered.
 *
 * There is no `-w`: with it, ping goes on sending beyond the count until that many have been answered. The time is
 * bounded all the same, by count * 0.2 s + 1 s.
 */
function pingArguments({ address, family }: TargetAddress, count: number): string[] {
  return [family === 'ipv4' ? '-4' : '-6', '-n', '-c', String(count), '-i', '0.2', '-W', '1', address];
}

function distinctLines(stderr: string): string[] {
  const lines = stderr.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))].slice(0, 10);
}

function toText(report: PingReport): string {
  const { target, address, transmitted, received, duplicates, lossPercent, rttMs } = report;
  const name = target === address ? address : `${target} (${address})`;
  const extra = duplicates > 0 ? `, ${duplicates} duplicates` : '';
  return textBlock(
    `${name} ${report.reachable ? 'answers' : 'does not answer'}: ` +
      `${received} of ${transmitted} requests answered, ${lossPercent} % lost${extra}.`,
    rttMs &&
      `Round trip: min ${rttMs.min} ms, mean ${rttMs.avg} ms, max ${rttMs.max} ms, deviation ${rttMs.mdev} ms.`,
    ...report.replies.map(
      ({ seq, from, ttl, ms, duplicate }) =>
        `  seq ${seq}  from ${from}  ttl ${ttl ?? '?'}  ${ms ?? '?'} ms${duplicate ? '  duplicate' : ''}`,
    ),
    ...report.icmpErrors.map(({ seq, from, message }) => `  seq ${seq ?? '?'}  ${from} reports: ${message}`),
    ...report.localErrors.map((line) => `  ${line}`),
    vantageLine(report.vantage),
  );
}
