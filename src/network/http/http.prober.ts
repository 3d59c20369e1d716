import { Injectable } from '@nestjs/common';
import { PRODUCT } from '../../core/product.js';
import { cut } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';
import { dial, dialFailureWords, roundMs } from '../target/dial.js';
import { TargetResolver } from '../target/target-resolver.js';
import type { FamilyChoice, TargetAddress } from '../target/target.js';
import { type Handshake, handshake } from '../tls/tls.handshake.js';
import { TrustedRoots } from '../tls/trusted-roots.js';
import { exchange, type HttpAnswer } from './http.exchange.js';
import type { Hop } from './http-probe.schema.js';
import { isCredential, type RequestHeaders } from './http-request.rules.js';

/** Of each phase; an application that thinks may take longer. */
const WAIT_MS = 6_000;
const ANSWER_WAIT_MS = 15_000;
const MAX_MESSAGE = 300;

export interface ProbeRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: RequestHeaders;
  /** Where to connect, in place of the host of the URL. */
  readonly resolveTo: string | undefined;
  readonly family: FamilyChoice;
  readonly insecure: boolean;
  readonly keep: number;
}

export interface ProbeTime {
  readonly signal: AbortSignal;
  readonly stop: AbortSignal;
}

/** One request and what became of it. */
export interface Probed {
  readonly hop: Hop;
  readonly answer: HttpAnswer | null;
  readonly tls: Handshake | null;
}

/** @throws ToolError `policy_denied` */
export type Admit = (host: string, address: string, port: number) => Promise<void>;

export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

/** Without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** Sends one request, phase by phase, to an address that was admitted; follows nothing. */
@Injectable()
export class HttpProber {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly roots: TrustedRoots,
  ) {}

  /** @throws ToolError `host_not_found`, `invalid_arguments`, `policy_denied`. */
  async probe(request: ProbeRequest, admit: Admit, { signal, stop }: ProbeTime): Promise<Probed> {
    const { url, family, resolveTo } = request;
    const begin = performance.now();
    const host = resolveTo ?? hostOf(url);
    const [target] = await this.resolver.resolveAll(host, signal, family);
    const hop: Hop = {
      url: url.href,
      address: target.address,
      ...{ status: null, reason: null, httpVersion: null, failure: null },
      timing: {
        dns: roundMs(performance.now() - begin),
        ...{ connect: null, tls: null, firstByte: null, body: null },
      },
    };
    await admit(host, target.address, portOf(url));
    return await this.send(request, target, hop, stop);
  }

  private async send(
    { url, method, headers, insecure, keep }: ProbeRequest,
    target: TargetAddress,
    hop: Hop,
    stop: AbortSignal,
  ): Promise<Probed> {
    const context = await this.roots.context();
    const dialled = await dial(target, { port: portOf(url), waitMs: WAIT_MS, stop });
    if (dialled.socket === undefined) {
      const { state } = dialled.failure!;
      return failed(hop, 'connect', state, dialFailureWords(dialled.failure!));
    }
    hop = { ...hop, timing: { ...hop.timing, connect: dialled.ms } };
    let tls: Handshake | null = null;
    try {
      if (url.protocol === 'https:') {
        const options = { name: hostOf(url), alpn: ['http/1.1'], context, waitMs: WAIT_MS, stop };
        const shaken = await handshake(dialled.socket, options);
        if ('code' in shaken) return failed(hop, 'tls', shaken.code, shaken.message);
        tls = shaken;
        hop = { ...hop, timing: { ...hop.timing, tls: tls.ms } };
        const distrust = distrustOf(tls, insecure, headers);
        if (distrust !== null) return failed(hop, 'tls', 'untrusted', distrust, tls);
      }
      const all = { 'user-agent': PRODUCT.name, accept: '*/*', 'accept-encoding': 'identity', ...headers };
      const answer = await exchange(
        tls?.socket ?? dialled.socket,
        { method, path: url.pathname + url.search, headers: { ...all, host: url.host, connection: 'close' } },
        { waitMs: ANSWER_WAIT_MS, stop, keep },
      );
      if ('code' in answer) return failed(hop, 'firstByte', answer.code, answer.message, tls);
      return { hop: answered(hop, answer), answer, tls };
    } finally {
      tls?.socket.destroy();
      dialled.socket.destroy();
    }
  }
}

/** Why nothing is sent over this connection; `null` when something is. */
function distrustOf(
  { isTrusted, problems }: Handshake,
  insecure: boolean,
  headers: RequestHeaders,
): string | null {
  if (isTrusted) return null;
  const why = problems.map(({ message }) => message).join(' ');
  if (!insecure) return `${why} Nothing was sent; "insecure" asks nevertheless.`;
  return Object.keys(headers).some(isCredential)
    ? `${why} Credentials are sent to nobody who is not trusted.`
    : null;
}

function answered(hop: Hop, answer: HttpAnswer): Hop {
  const { status, reason, httpVersion, firstByteMs, bodyMs, broken } = answer;
  return {
    ...hop,
    ...{ status, reason: cut(reason, MAX_MESSAGE), httpVersion },
    failure:
      broken === null
        ? null
        : { phase: 'body', code: broken, message: `the body ended after ${answer.bytes} bytes` },
    timing: { ...hop.timing, firstByte: firstByteMs, body: bodyMs },
  };
}

function failed(
  hop: Hop,
  phase: NonNullable<Hop['failure']>['phase'],
  code: string,
  message: string,
  tls: Handshake | null = null,
): Probed {
  return {
    hop: { ...hop, failure: { phase, code, message: cut(message, 2 * MAX_MESSAGE) } },
    answer: null,
    tls,
  };
}

/** A redirect to a name without an address is told with what led there. @throws what is no such thing */
export function unresolved(url: URL, error: unknown): Probed {
  if (!(error instanceof ToolError) || error.code === 'policy_denied') throw error;
  const hop: Hop = {
    url: url.href,
    ...{ address: null, status: null, reason: null, httpVersion: null, failure: null },
    timing: { dns: null, connect: null, tls: null, firstByte: null, body: null },
  };
  return failed(hop, 'dns', error.code, error.message);
}
