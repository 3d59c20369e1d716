import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/principal.js';
import { ToolError } from '../../tools/tool-error.js';
import { ProbeGate } from '../target/probe-gate.js';
import { TargetResolver } from '../target/target-resolver.js';
import { plainSource, type TargetAddress } from '../target/target.js';
import type { EchoOutcome } from './echo.port.js';
import { IcmpEcho } from './icmp.echo.js';
import { measure } from './measurement.js';
import { ECHO_PORT, type PingInput, type PingResult } from './ping.schema.js';
import { TcpEcho } from './tcp.echo.js';

const MAX_OTHER_ADDRESSES = 8;
/** Without these there is no ICMP to be had. */
const NO_ICMP: ReadonlySet<string> = new Set(['missing_binary', 'permission_denied']);

const NO_SIZE_REMARK = 'Handshakes have no data: "size" and "dontFragment" were not used.';

/** For whom a probe is, and how long it may take: until the call is given up, or until it is time to sum up. */
export interface ProbeCall {
  readonly principal: Principal;
  readonly signal: AbortSignal;
  readonly until: AbortSignal;
}

interface Measured {
  readonly outcome: EchoOutcome;
  readonly method: 'icmp' | 'tcp';
  readonly remarks: readonly string[];
}

/** Pings one target: which address, in which way, and what else there was to choose from. */
@Injectable()
export class PingProber {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly gate: ProbeGate,
    private readonly icmp: IcmpEcho,
    private readonly tcp: TcpEcho,
  ) {}

  /** @throws ToolError as NetworkPingTool.ping; the reason of the signal. */
  async probe(target: string, input: PingInput, call: ProbeCall): Promise<PingResult> {
    const addresses = await this.resolver.resolveAll(target, call.signal, input.family);
    const [first] = addresses;
    const other = addresses.find(({ family }) => family !== first.family);
    const attempt = await this.attempt(target, addresses, first, input, call);
    // Without time the other address would be asked nothing, and this one has had less than it may need.
    if (other === undefined || isReachable(attempt) || call.until.aborted) return unwrap(attempt);
    if (!input.fallback) return hint(attempt, first, other);
    const second = await this.attempt(target, addresses, other, input, call);
    const reason = attempt instanceof ToolError ? attempt.message : 'It did not answer.';
    return { ...unwrap(second), fallbackFrom: { ...first, reason } };
  }

  private async attempt(
    target: string,
    addresses: readonly TargetAddress[],
    address: TargetAddress,
    input: PingInput,
    call: ProbeCall,
  ): Promise<PingResult | ToolError> {
    try {
      const { outcome, method, remarks } = await this.send(target, address, input, call);
      if (outcome.requests.length === 0)
        throw new ToolError(
          'timeout',
          `The time was up before anything was sent to ${address.address}.`,
          'Ask for fewer targets, or for fewer requests to each.',
        );
      const measurement = measure(outcome.requests);
      return {
        target,
        address: address.address,
        family: address.family,
        reachable: measurement.received > 0,
        ...measurement,
        method,
        port: method === 'tcp' ? input.port : null,
        remarks: [...remarks, ...outcome.remarks],
        localErrors: [...outcome.localErrors],
        otherAddresses: addresses
          .filter((other) => other.address !== address.address)
          .slice(0, MAX_OTHER_ADDRESSES)
          .map((other) => other.address),
        fallbackFrom: null,
      };
    } catch (error) {
      // What is denied is denied: no other address makes a reading of it.
      const isOutcome = error instanceof ToolError && error.code !== 'policy_denied';
      if (isOutcome && !call.signal.aborted) return error;
      throw error;
    }
  }

  private async send(
    host: string,
    address: TargetAddress,
    input: PingInput,
    { principal, signal, until }: ProbeCall,
  ): Promise<Measured> {
    const { method, interval, port, source } = input;
    const probe = { tool: 'network_ping', principal, host, address: address.address };
    const options = {
      ...input,
      ...(source !== undefined && { source: plainSource(source) }),
      ...{ intervalMs: interval * 1000, principal },
    };
    const admitTcp = (): Promise<void> =>
      this.gate.admit({ ...probe, port, transport: 'tcp', isEcho: !isChosen(method, port) });
    const byTcp = async (remarks: readonly string[]): Promise<Measured> => {
      await admitTcp();
      const unused = input.size === undefined && !input.dontFragment ? [] : [NO_SIZE_REMARK];
      const outcome = await this.tcp.echo(address, options, signal, until);
      return { outcome, method: 'tcp', remarks: [...remarks, ...unused] };
    };
    if (method === 'tcp') return byTcp([]);
    await this.gate.admit({ ...probe, transport: 'icmp' });
    // What is asked for decides, and not what this machine happens to have.
    if (isChosen(method, port)) await admitTcp();
    try {
      return { outcome: await this.icmp.echo(address, options, signal, until), method: 'icmp', remarks: [] };
    } catch (error) {
      signal.throwIfAborted();
      if (method === 'icmp' || !(error instanceof ToolError) || !NO_ICMP.has(error.code)) throw error;
      return byTcp([
        `TCP handshakes were measured, for want of ICMP: ${error.message} ${error.mend ?? ''}`.trim(),
      ]);
    }
  }
}

/** Whether the caller has chosen a port that may be tried: by the method, or for where there is no ICMP. */
export const isChosen = (method: PingInput['method'], port: number): boolean =>
  method === 'tcp' || (method === 'auto' && port !== ECHO_PORT);

const isReachable = (attempt: PingResult | ToolError): boolean =>
  !(attempt instanceof ToolError) && attempt.reachable;

function unwrap(attempt: PingResult | ToolError): PingResult {
  if (attempt instanceof ToolError) throw attempt;
  return attempt;
}

/** Says that there was another way, which nobody has asked for. */
function hint(attempt: PingResult | ToolError, first: TargetAddress, other: TargetAddress): PingResult {
  const way = `The name has the ${other.family} address ${other.address} as well: ask with "family" or "fallback".`;
  if (attempt instanceof ToolError) {
    const { code, message, mend, data } = attempt;
    throw new ToolError(code, message, mend === undefined ? way : `${way} ${mend}`, data);
  }
  return { ...attempt, remarks: [...attempt.remarks, `Its ${first.family} address is silent. ${way}`] };
}
