import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { beforeDeadline } from '../host/time-left.js';
import { vantageLine, VantagePoint } from '../host/vantage.js';
import { dial, dialFailureWords } from '../target/dial.js';
import { ProbeGate } from '../target/probe-gate.js';
import { TargetResolver } from '../target/target-resolver.js';
import type { TargetAddress } from '../target/target.js';
import { printable, textBlock } from '../text-table.js';
import { factsOf } from './certificate.js';
import { NoStartTls, startTls } from './start-tls.js';
import {
  TLS_INSPECT_INPUT,
  TLS_INSPECT_OUTPUT,
  type TlsInspectInput,
  type TlsInspectReport,
} from './tls-inspect.schema.js';
import { type Handshake, handshake } from './tls.handshake.js';
import { TrustedRoots } from './trusted-roots.js';

const NAME = 'network_tls_inspect';
const MAX_OTHER_ADDRESSES = 8;
/** Each of the three phases. */
const WAIT_MS = 6_000;
const ALPN = ['h2', 'http/1.1'];

@Injectable()
export class NetworkTlsInspectTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly gate: ProbeGate,
    private readonly roots: TrustedRoots,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * A port that is closed, a server without TLS and a certificate of any kind are measurements.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `policy_denied`, `not_supported`.
   */
  @Tool({
    name: NAME,
    title: 'TLS inspection',
    description:
      'Does a TLS handshake with a server, whatever its certificate, and says what is wrong in words: expired, wrong ' +
      'name, self-signed, incomplete chain, weak. Shows the chain with days to expiry, protocol, cipher, ALPN, OCSP ' +
      'staple. Nothing is sent over the connection.',
    input: TLS_INSPECT_INPUT,
    output: TLS_INSPECT_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    probes: ({ target: host, family, port }) => [{ host, family, port, transport: 'tcp' }],
  })
  async inspect(input: TlsInspectInput, context: CallContext): Promise<ToolOutput<TlsInspectReport>> {
    requireLinux();
    const { target, port, family, serverName = target } = input;
    const deadline = beforeDeadline(context);
    try {
      const { signal, principal } = context;
      const [first, ...others] = await this.resolver.resolveAll(target, signal, family);
      const { address } = first;
      await this.gate.admit({ tool: NAME, principal, host: target, address, port, transport: 'tcp' });
      const stop = AbortSignal.any([signal, deadline.signal]);
      const seen = await this.look(first, { ...input, serverName }, stop, Math.min(WAIT_MS, deadline.leftMs));
      signal.throwIfAborted();
      const structured = {
        target,
        ...first,
        otherAddresses: others.map((other) => other.address).slice(0, MAX_OTHER_ADDRESSES),
        port,
        serverName,
        ...seen,
        vantage: await this.vantage.describe(),
      };
      return { text: toText(structured), structured };
    } finally {
      deadline.end();
    }
  }

  private async look(
    address: TargetAddress,
    { port, serverName, startTls: protocol }: TlsInspectInput & { serverName: string },
    stop: AbortSignal,
    waitMs: number,
  ): Promise<Seen> {
    const context = await this.roots.context();
    const { socket, failure, ms: connectMs } = await dial(address, { port, waitMs, stop });
    if (socket === undefined) {
      const { state } = failure!;
      return { ...NOTHING, failure: { phase: 'connect', code: state, message: dialFailureWords(failure!) } };
    }
    try {
      if (protocol !== undefined) await startTls(socket, protocol, { waitMs, stop });
      const alpn = protocol === undefined ? ALPN : [];
      const result = await handshake(socket, { name: serverName, alpn, context, waitMs, stop });
      if ('code' in result) return { ...NOTHING, connectMs, failure: { phase: 'handshake', ...result } };
      try {
        return { ...factsFrom(result), connectMs };
      } finally {
        result.socket.destroy();
      }
    } catch (error) {
      if (!(error instanceof NoStartTls)) throw error;
      const { message } = error;
      return { ...NOTHING, connectMs, failure: { phase: 'startTls', code: 'not_offered', message } };
    } finally {
      socket.destroy();
    }
  }
}

type Seen = Omit<
  TlsInspectReport,
  'target' | 'address' | 'family' | 'otherAddresses' | 'port' | 'serverName' | 'vantage'
>;

const NOTHING: Omit<Seen, 'failure'> = {
  trusted: null,
  problems: [],
  daysLeft: null,
  protocol: null,
  cipher: null,
  keyExchange: null,
  alpn: null,
  ocspStaple: null,
  chainError: null,
  chain: [],
  connectMs: null,
  handshakeMs: null,
};

function factsFrom({ socket, chain, isTrusted, problems, hasStaple, chainError, ms }: Handshake): Seen {
  const now = Date.now();
  const facts = chain.map((certificate) => factsOf(certificate, now));
  const key = socket.getEphemeralKeyInfo() as { type?: string; name?: string; size?: number } | null;
  return {
    failure: null,
    trusted: isTrusted,
    problems: problems.map((problem) => ({ ...problem })),
    daysLeft: facts[0]?.daysLeft ?? null,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    keyExchange: key?.name ?? (key?.type === undefined ? null : `${key.type} ${key.size}`),
    alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
    ocspStaple: hasStaple,
    chainError,
    chain: facts.map((one) => ({ ...one, names: [...one.names] })),
    connectMs: null,
    handshakeMs: ms,
  };
}

function toText(report: TlsInspectReport): string {
  const { target, address, port, serverName, failure, trusted, problems, chain, daysLeft } = report;
  const name = target === address ? target : `${target} (${address})`;
  if (failure !== null) {
    const what = { connect: 'no connection', startTls: 'no TLS', handshake: 'no TLS' }[failure.phase];
    return textBlock(
      `${name} port ${port}: ${what}, ${printable(failure.message)} (${failure.code}).`,
      vantageLine(report.vantage),
    );
  }
  const alpn = report.alpn === null ? '' : `, ALPN ${printable(report.alpn)}`;
  return textBlock(
    `${name} port ${port}: ${trusted === true ? 'trusted' : 'NOT trusted'} as ${serverName}, ` +
      `${daysLeft === null ? 'no certificate' : `${daysLeft} days left`}.`,
    ...problems.map(({ code, message }) => `  ${code}: ${printable(message)}`),
    `${report.protocol}, ${report.cipher}${report.keyExchange === null ? '' : `, ${report.keyExchange}`}${alpn}, ` +
      `${report.ocspStaple === true ? 'with' : 'without'} OCSP staple; TCP ${report.connectMs} ms, TLS ${report.handshakeMs} ms.`,
    ...chain.flatMap(({ subject, issuer, names, namesTotal, notAfter, key, signature }, depth) => [
      `${depth + 1}. ${printable(subject)}; ${key}, ${signature}, until ${notAfter}`,
      `   issued by ${printable(issuer)}`,
      ...(names.length === 0
        ? []
        : [
            `   for ${printable(names.join(', '))}${namesTotal > names.length ? `, ... (${namesTotal})` : ''}`,
          ]),
    ]),
    vantageLine(report.vantage),
  );
}
