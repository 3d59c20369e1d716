import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError, SseError } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import { quote } from '../../core/quote.js';
import { RedirectRefusedError } from '../../resilience/outbound.port.js';
import { ChildEndedError } from '../stdio/stdio.transport.js';
import { detailIn } from '../detail.js';
import { UpstreamError } from '../upstream.error.js';
import { ANSWER_REFUSED } from './answer-gate.js';

/** Characters of the body of a refusal that is read, and of what it says. */
export const MAX_BODY = 65_536;
const MAX_SAID = 200;
/** JSON-RPC 2.0, 5.1. */
const INTERNAL_ERROR = -32603;
/** Stands in the data of an error that our own transport has made: the stream of a request ended without its answer. */
export const STREAM_ENDED = Object.freeze({ streamEnded: true });

/** The failure of a call, or of connecting, in our own terms. */
export function toUpstreamError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  if (error instanceof ProtocolError) return ofProtocol(error);
  if (error instanceof SdkHttpError) return ofStatus(error.status, error);
  if (error instanceof SseError) return ofStatus(error.code, error);
  if (error instanceof RedirectRefusedError)
    return new UpstreamError(
      'refused',
      `It answers elsewhere: it leads to ${error.origin}, where nothing is sent`,
    );
  if (error instanceof SdkError) return ofSdk(error);
  if (error instanceof ChildEndedError)
    return new UpstreamError('unreachable', error.message, { cause: error });
  if (hasName(error, 'ResponseTooLargeError')) {
    return new UpstreamError('too_large', (error as Error).message, { cause: error });
  }
  // The SDK's transport for Server-Sent Events says it in words.
  const status = /\(HTTP (\d{3})\)/.exec(String(error))?.[1];
  if (status !== undefined) return ofStatus(Number(status), error);
  if (error instanceof TypeError || hasName(error, 'TransportError')) return ofNetwork(error);
  if (error instanceof SyntaxError || hasName(error, 'ZodError')) {
    return new UpstreamError('malformed', 'The answer is no message of MCP', { cause: error });
  }
  const said = error instanceof Error ? inWords(error) : undefined;
  return said === undefined ? ofNetwork(error) : new UpstreamError('malformed', said, { cause: error });
}

function ofProtocol(error: ProtocolError): UpstreamError {
  const { code: rpcCode, message, data } = error;
  if (data === STREAM_ENDED) return new UpstreamError('unreachable', message, { cause: error });
  if (data === ANSWER_REFUSED) return new UpstreamError('malformed', message, { cause: error });
  const kind = rpcCode === INTERNAL_ERROR ? 'failed' : 'refused';
  const { supported } = (isObject(data) ? data : {}) as { supported?: unknown };
  const versions = Array.isArray(supported) ? `${message}: it speaks ${versionsIn(supported)}` : message;
  return new UpstreamError(kind, versions, { rpcCode, cause: error });
}

/** Revisions that an upstream says that it knows. */
export const versionsIn = (supported: readonly unknown[]): string =>
  quote(
    supported
      .slice(0, 10)
      .map((one) => (typeof one === 'string' ? one : typeof one))
      .join(', '),
  );

function ofStatus(status: number | undefined, error: unknown): UpstreamError {
  if (status === undefined) return ofNetwork(error);
  // The SDK says where it leads.
  const { message: words } = error as Error;
  const at = status >= 300 && status < 400 ? words.indexOf('Redirect ') : -1;
  if (at !== -1)
    return new UpstreamError('refused', `It answers elsewhere. ${words.slice(at)}`, { status, cause: error });
  const text = textOf(error);
  const { code: rpcCode, message = inPlainText(status, text) } = errorIn(text);
  const kind = status >= 500 || rpcCode === INTERNAL_ERROR ? 'failed' : 'refused';
  if (message !== undefined && rpcCode !== undefined)
    return new UpstreamError(kind, message, { status, rpcCode, cause: error });
  const said = message === undefined ? '' : `: ${quote(message, MAX_SAID)}`;
  return new UpstreamError(kind, `It answered with HTTP ${status}${said}`, { status, cause: error });
}

/** The body of a refusal, where the SDK has kept it. */
function textOf(error: unknown): string {
  const { text } = ((error as { data?: unknown }).data ?? {}) as { text?: unknown };
  return typeof text === 'string' && text.length <= MAX_BODY ? dataIn(text.trim()) : '';
}

/** The first event, where a refusal comes as a stream of them. */
function dataIn(text: string): string {
  if (!/^(?:event|data|id):/.test(text)) return text;
  const at = text.indexOf('data:');
  return at === -1
    ? ''
    : text
        .slice(at + 'data:'.length)
        .split('\n', 1)[0]!
        .trim();
}

/** What a refusal says in bare words. A server that fails may say anything there, and a page is no reason. */
const inPlainText = (status: number, text: string): string | undefined =>
  status >= 400 && status < 500 && /^[^<[{\0\uFFFD][^\0\uFFFD]*$/.test(text) ? text : undefined;

/** The error of JSON-RPC in the body of a refusal, or what others have in its place (RFC 9457, RFC 6749). */
function errorIn(text: string): { code?: number; message?: string } {
  if (!/^[[{]/.test(text)) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (!isObject(body)) return {};
    const { error } = body;
    if (isObject(error) && typeof error['message'] === 'string') {
      const { code } = error;
      return { message: error['message'], ...(Number.isInteger(code) && { code: code as number }) };
    }
    const said = detailIn(body);
    return said === undefined ? {} : { message: said };
  } catch {
    return {};
  }
}

/** The SDK's own codes for what is not the upstream's answer; the others say that its answer cannot be understood. */
const UNREACHABLE: ReadonlySet<SdkErrorCode> = new Set([
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.NotConnected,
  SdkErrorCode.SendFailed,
]);

function ofSdk(error: SdkError): UpstreamError {
  const { code, message } = error;
  if (UNREACHABLE.has(code))
    return new UpstreamError('unreachable', 'The connection has closed', { cause: error });
  if (code === SdkErrorCode.RequestTimeout)
    return new UpstreamError('timeout', 'It did not answer in time', { cause: error });
  if (code === SdkErrorCode.EraNegotiationFailed) return ofNegotiation(error);
  const hasAnswered = code === SdkErrorCode.InvalidResult;
  return new UpstreamError('malformed', firstIssueIn(message), { hasAnswered, cause: error });
}

/** The SDK lists all that is wrong with an answer as JSON, of some lines: the first will do. */
function firstIssueIn(message: string): string {
  const at = message.indexOf(': [\n');
  if (at === -1) return message;
  try {
    const [issue] = JSON.parse(message.slice(at + 2)) as { path: PropertyKey[]; message: string }[];
    return `${message.slice(0, at)}: ${[issue!.path.map(String).join('.'), issue!.message].join(': ')}`;
  } catch {
    return message.slice(0, at);
  }
}

/** It carries what went wrong, as it was. */
function ofNegotiation(error: SdkError): UpstreamError {
  const { cause } = error.data as { cause?: unknown };
  return cause instanceof Error && cause !== error ? toUpstreamError(cause) : ofNetwork(error);
}

/** What the SDK says in words alone. */
const IN_WORDS: readonly (readonly [RegExp, (rest: string) => string])[] = [
  [
    /^Server's protocol version is not supported: (.*)$/s,
    (version) => `It speaks revision ${quote(version)} of MCP, which is not known here`,
  ],
  [
    /^Endpoint origin does not match connection origin: (.*)$/s,
    (origin) => `Its endpoint is elsewhere: at ${quote(origin)}, where nothing is sent`,
  ],
];

function inWords({ message }: Error): string | undefined {
  for (const [pattern, say] of IN_WORDS) {
    const [, rest] = pattern.exec(message) ?? [];
    if (rest !== undefined) return say(rest);
  }
  return undefined;
}

/**
 * Names the code of the system (`ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`), not the address: it may have a secret
 * in it.
 */
function ofNetwork(error: unknown): UpstreamError {
  const code = codeIn(error);
  return new UpstreamError('unreachable', `It cannot be reached${code === undefined ? '' : ` (${code})`}`, {
    cause: error,
  });
}

function codeIn(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { code, cause, data } = error as { code?: unknown; cause?: unknown; data?: { cause?: unknown } };
  const isOfSystem =
    typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) && !(error instanceof SdkError);
  return isOfSystem ? code : (codeIn(cause, depth + 1) ?? codeIn(data?.cause, depth + 1));
}

const hasName = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
