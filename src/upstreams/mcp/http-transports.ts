import {
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import type { HttpPools } from '../../resilience/http/http-pools.service.js';
import type { HttpUpstream } from '../file/upstream.entry.js';
import { UpstreamError, type UpstreamErrorDetails } from '../upstream.error.js';
import { gatedFetch } from './answer-gate.js';
import { requireMcp, senderOf } from './http-answer.js';
import { Reconnections } from './reconnections.js';

/**
 * What a server answers that does not know Streamable HTTP (2025-03-26, basic/transports, "Backwards Compatibility").
 */
const NOT_STREAMABLE: ReadonlySet<number | undefined> = new Set([400, 404, 405]);

/** How long the exchange of a message may take that belongs to no call, in milliseconds. */
export const MESSAGE_TIMEOUT_MS = 30_000;

/** Why an answer of HTTP was refused while connecting. */
export interface Refusal {
  reason?: UpstreamError;
}

/** @param refusal hears why the stream of events of `sse` was refused: the SDK makes words of it */
export function httpTransport(
  kind: 'http' | 'sse',
  entry: HttpUpstream,
  forwardedHeaders: Readonly<Record<string, string>>,
  fetch: HttpPools['fetch'],
  refusal: Refusal,
): Transport {
  const sender = senderOf(entry, forwardedHeaders);
  const require = async (response: Response, init?: RequestInit): Promise<void> => {
    try {
      await requireMcp(response, init, sender);
    } catch (error) {
      if (kind === 'sse') refusal.reason ??= error as UpstreamError;
      throw error;
    }
  };
  const options = {
    fetch: gatedFetch(kind === 'sse' ? inTime(fetch) : fetch, require),
    requestInit: { headers: { ...entry.headers, ...forwardedHeaders } },
  };
  const url = new URL(entry.url);
  if (kind === 'sse') return new SSEClientTransport(url, options);
  const reconnections = new Reconnections();
  const { schedule: reconnectionScheduler } = reconnections;
  const transport = new StreamableHTTPClientTransport(url, { ...options, reconnectionScheduler });
  const close = transport.close.bind(transport);
  transport.close = () => {
    reconnections.end();
    return close();
  };
  return transport;
}

/** What is posted to a server of `sse` is answered on the stream of events; the SDK reads this answer all the same. */
const inTime =
  (fetch: HttpPools['fetch']): HttpPools['fetch'] =>
  (input, init = {}) => {
    if (init.method !== 'POST') return fetch(input, init);
    const signals = [AbortSignal.timeout(MESSAGE_TIMEOUT_MS), ...(init.signal ? [init.signal] : [])];
    return fetch(input, { ...init, signal: AbortSignal.any(signals) });
  };

/** Whether the server may know Server-Sent Events alone: one that speaks JSON-RPC knows more. */
export const isNotStreamable = ({ status, rpcCode }: UpstreamErrorDetails): boolean =>
  NOT_STREAMABLE.has(status) && rpcCode === undefined;

/** Whether a server fails as one of the handshake era may that is asked for a method which it does not know. */
export const mayBeOld = ({ kind, details, message }: UpstreamError): boolean =>
  kind === 'timeout' ||
  kind === 'malformed' ||
  (kind === 'failed' && details.status !== undefined) ||
  (kind === 'unreachable' && /ECONNRESET|closed/.test(message));

/** Neither of both transports is at the address of an entry. */
export function nowhere(streamable: UpstreamError, sse: UpstreamError): UpstreamError {
  const { status } = streamable.details;
  const other = sse.details.status;
  if (other !== undefined && !NOT_STREAMABLE.has(other)) return sse;
  const toGet = other === undefined ? sse.message : `HTTP ${other} to GET`;
  const message = `There is no MCP endpoint at its address: HTTP ${status} to POST, ${toGet}; look at its path`;
  return new UpstreamError('refused', message, streamable.details);
}
