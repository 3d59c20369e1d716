import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { cut } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { beforeDeadline } from '../host/time-left.js';
import { VantagePoint } from '../host/vantage.js';
import { ProbeGate } from '../target/probe-gate.js';
import { httpProbeText } from './http-probe.text.js';
import {
  HTTP_PROBE_INPUT,
  HTTP_PROBE_OUTPUT,
  type Hop,
  type HttpProbeInput,
  type HttpProbeReport,
} from './http-probe.schema.js';
import { checkedHeaders, isCredential, requireScope, scopeOf } from './http-request.rules.js';
import { hostOf, HttpProber, portOf, type Probed, type ProbeRequest, unresolved } from './http.prober.js';

const NAME = 'network_http_probe';
/** Headers of an answer that are listed, and characters of each. */
export const MAX_HEADERS = 40;
const MAX_VALUE = 200;
const MAX_URL = 2000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const DAY_MS = 86_400_000;

@Injectable()
export class NetworkHttpProbeTool {
  constructor(
    private readonly prober: HttpProber,
    private readonly gate: ProbeGate,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * Whatever a server answers, or fails to, is a measurement. Every address is admitted before it is connected to, that
   * of each redirect as well; a denial ends the call.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found`, `policy_denied`, `not_supported`.
   */
  @Tool({
    name: NAME,
    title: 'HTTP probe',
    description:
      'Sends one HTTP request and shows status, headers, redirects, what is wrong with the certificate, and the time of ' +
      'each phase: DNS, connect, TLS, first byte, body. resolveTo tries a virtual host at another address. Not for ' +
      'fetching pages: a body is shown up to 4 KiB, and only when asked for.',
    input: HTTP_PROBE_INPUT,
    output: HTTP_PROBE_OUTPUT,
    // With the scope for it, a request can change something at the other end.
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    scopeFor: ({ method, headers = {} }) => scopeOf(method, checkedHeaders(method, headers)),
    probes: ({ url: text, resolveTo, family }) => {
      const url = parseUrl(text);
      return [{ host: resolveTo ?? hostOf(url), family, port: portOf(url), transport: 'tcp' }];
    },
  })
  async probe(input: HttpProbeInput, context: CallContext): Promise<ToolOutput<HttpProbeReport>> {
    requireLinux();
    const { method, headers = {}, resolveTo, maxRedirects, bodyBytes: keep, insecure, family } = input;
    const { signal, principal } = context;
    let request: ProbeRequest = {
      url: parseUrl(input.url),
      headers: checkedHeaders(method, headers),
      ...{ method, resolveTo, insecure, family, keep },
    };
    requireScope(method, request.headers, principal);
    const deadline = beforeDeadline(context);
    const time = { signal, stop: AbortSignal.any([signal, deadline.signal]) };
    const admit = (host: string, address: string, port: number): Promise<void> =>
      this.gate.admit({ tool: NAME, principal, host, address, port, transport: 'tcp' });
    try {
      const redirects: Hop[] = [];
      let probed = await this.prober.probe(request, admit, time);
      for (;;) {
        signal.throwIfAborted();
        const next = redirectOf(probed, request);
        if (next === null || redirects.length === maxRedirects || time.stop.aborted) break;
        redirects.push(probed.hop);
        request = next;
        const { url } = request;
        probed = await this.prober.probe(request, admit, time).catch((error: unknown) => {
          signal.throwIfAborted();
          return unresolved(url, error);
        });
      }
      const structured = {
        ...reportOf(probed, request),
        redirects,
        vantage: await this.vantage.describe(),
      };
      return { text: httpProbeText(structured), structured };
    } finally {
      deadline.end();
    }
  }
}

/** @throws ToolError `invalid_arguments`. What the URL says is not repeated: it may have a password in it. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url !== undefined && isHttp && url.username === '' && url.password === '') return url;
  throw new ToolError(
    'invalid_arguments',
    'The URL is none of http:// or https://, or has a user name in it.',
    'Write it as in https://example.com/path; credentials go into the header Authorization.',
  );
}

/** The request that a redirect asks for; `null` for what is none, or leads out of HTTP (RFC 9110, 15.4). */
function redirectOf({ answer }: Probed, request: ProbeRequest): ProbeRequest | null {
  const target = answer === null ? undefined : headerOf(answer.rawHeaders, 'location');
  if (answer === null || target === undefined || !REDIRECTS.has(answer.status)) return null;
  if (!URL.canParse(target, request.url.href)) return null;
  const url = new URL(target, request.url.href);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.href.length > MAX_URL) return null;
  const { method, headers } = request;
  const isSameOrigin = url.origin === request.url.origin;
  const becomesGet = answer.status === 303 ? method !== 'HEAD' : answer.status < 303 && method === 'POST';
  return {
    ...request,
    url,
    method: becomesGet ? 'GET' : method,
    // Neither credentials nor the other address are meant for anybody else.
    headers: isSameOrigin
      ? headers
      : Object.fromEntries(Object.entries(headers).filter(([name]) => !isCredential(name))),
    resolveTo: isSameOrigin ? request.resolveTo : undefined,
  };
}

function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : rawHeaders[at + 1];
}

function reportOf(
  { hop, answer, tls }: Probed,
  request: ProbeRequest,
): Omit<HttpProbeReport, 'redirects' | 'vantage'> {
  const raw = answer?.rawHeaders ?? [];
  const next = answer === null ? undefined : headerOf(raw, 'location');
  const isRedirect = next !== undefined && URL.canParse(next, request.url.href);
  const [leaf] = tls?.chain ?? [];
  return {
    method: request.method,
    ...hop,
    headers: headersOf(raw),
    headersTotal: raw.length / 2,
    location: isRedirect ? cut(new URL(next, request.url.href).href, MAX_URL) : null,
    bytes: answer?.bytes ?? null,
    body: answer === null || request.keep === 0 ? null : textOf(answer.beginning),
    bodyCut: request.keep > 0 && (answer?.bytes ?? 0) > request.keep,
    tls:
      tls === null
        ? null
        : {
            trusted: tls.isTrusted,
            problems: tls.problems.map((problem) => ({ ...problem })),
            daysLeft:
              leaf === undefined ? null : Math.floor((leaf.validToDate.getTime() - Date.now()) / DAY_MS),
            protocol: tls.protocol,
          },
  };
}

function headersOf(raw: readonly string[]): { name: string; value: string }[] {
  const list: { name: string; value: string }[] = [];
  for (let at = 0; at + 1 < raw.length && list.length < MAX_HEADERS; at += 2) {
    const name = raw[at]!.toLowerCase();
    const value = name === 'set-cookie' ? withoutCookie(raw[at + 1]!) : raw[at + 1]!;
    list.push({ name: cut(name, MAX_VALUE), value: cut(value, MAX_VALUE) });
  }
  return list;
}

/** Name and attributes of a cookie; its value is a credential. */
function withoutCookie(value: string): string {
  const end = value.indexOf(';');
  const name = value.slice(0, Math.max(0, value.indexOf('=')));
  return `${name}=...${end === -1 ? '' : value.slice(end)}`;
}

/** UTF-8 as far as it is; a character that is cut at the end is left out, controls stand as their escapes. */
function textOf(bytes: Buffer): string {
  const text = new TextDecoder().decode(bytes, { stream: true });
  return text.replace(/[^\P{C}\n\t]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
