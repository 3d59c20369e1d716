import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { ToolError } from '../../tools/tool-error.js';
import { requireLinux } from '../host/linux.js';
import { beforeDeadline } from '../host/time-left.js';
import { VantagePoint } from '../host/vantage.js';
import { isChosen, PingProber } from './ping.prober.js';
import {
  PING_INPUT,
  PING_OUTPUT,
  type OtherResult,
  type PingInput,
  type PingReport,
  type PingResult,
} from './ping.schema.js';
import { pingText } from './ping.text.js';

/** Targets of one call that are pinged at a time. */
const MAX_AT_ONCE = 16;
/** Of one of several targets. */
const MAX_LISTED_ERRORS = 3;

const NOTHING_SENT = {
  address: null,
  family: null,
  reachable: false,
  transmitted: 0,
  received: 0,
  duplicates: 0,
  lossPercent: 0,
  rttMs: null,
  method: 'icmp',
  port: null,
  pending: 0,
} as const;

@Injectable()
export class NetworkPingTool {
  constructor(
    private readonly prober: PingProber,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * A host that does not answer is a measurement, not an error.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `policy_denied`, `not_supported`; `tool_failed` when
   *   nothing could be sent, such as without a route; `missing_binary` and `permission_denied` where ICMP was asked
   *   for.
   */
  @Tool({
    name: 'network_ping',
    title: 'Ping',
    description:
      'Sends ICMP echo requests from the machine that this server runs on to a host, over IPv4 or IPv6, and reports ' +
      'loss, round-trip times and ICMP errors. Use it to see whether a host answers and how fast. No answer ' +
      '(reachable: false) can also mean a firewall that drops ICMP; use network_traceroute to see where packets stop. ' +
      'Where the machine permits no ICMP it measures TCP handshakes instead, and says so (method: tcp).',
    input: PING_INPUT,
    output: PING_OUTPUT,
    probes: ({ target, targets = [], family, method, port }) =>
      [target, ...targets].flatMap((host) => [
        ...(method === 'tcp' ? [] : [{ host, family, transport: 'icmp' as const }]),
        ...(isChosen(method, port) ? [{ host, family, port, transport: 'tcp' as const }] : []),
      ]),
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  })
  async ping(input: PingInput, context: CallContext): Promise<ToolOutput<PingReport>> {
    requireLinux();
    const { target, targets = [] } = input;
    const deadline = beforeDeadline(context);
    const call = { principal: context.principal, signal: context.signal, until: deadline.signal };
    try {
      const results = await atOnce([target, ...targets], (name) => this.prober.probe(name, input, call));
      context.signal.throwIfAborted();
      const [first, ...further] = results;
      const others = further.map((result, index) => toOther(targets[index]!, result));
      const structured = { ...withOthers(first!, others), others, vantage: await this.vantage.describe() };
      return { text: pingText(structured), structured };
    } finally {
      deadline.end();
    }
  }
}

type Outcome = PingResult | ToolError;

/** In their order. What is no ToolError is a fault of ours, and is thrown. */
async function atOnce(
  names: readonly string[],
  probe: (name: string) => Promise<PingResult>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const rest = names.entries();
  const work = async (): Promise<void> => {
    for (const [index, name] of rest) {
      outcomes[index] = await probe(name).catch((error: unknown) => {
        if (error instanceof ToolError) return error;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, names.length) }, work));
  return outcomes;
}

/** @throws ToolError of the first target, which the answer is about; what was found of the others goes with it. */
function withOthers(first: Outcome, others: readonly OtherResult[]): PingResult {
  if (!(first instanceof ToolError)) return first;
  if (others.length === 0) throw first;
  const { code, message, mend, data } = first;
  throw new ToolError(code, message, mend, { ...data, others });
}

function toOther(target: string, outcome: Outcome): OtherResult {
  if (outcome instanceof ToolError) {
    const { code, message } = outcome;
    return { ...NOTHING_SENT, icmpErrors: [], remarks: [], target, error: { code, message } };
  }
  const { replies, localErrors, otherAddresses: _, fallbackFrom, icmpErrors, remarks, ...result } = outcome;
  const [localError] = localErrors;
  const said = [
    ...(fallbackFrom === null ? [] : [`Tried first: ${fallbackFrom.address}. ${fallbackFrom.reason}`]),
    ...(localError === undefined ? [] : [localError]),
    ...(replies.some(({ notes }) => notes.length > 0)
      ? [`Odd: ${replies.flatMap(({ notes }) => notes)[0]}.`]
      : []),
  ];
  return {
    ...result,
    icmpErrors: icmpErrors.slice(0, MAX_LISTED_ERRORS),
    remarks: [...remarks, ...said],
    error: null,
  };
}
