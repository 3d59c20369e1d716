import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError, SseError } from '@modelcontextprotocol/client';
import { ChildEndedError } from '../stdio/stdio.transport.js';
import { UpstreamError } from '../upstream.error.js';
import { ANSWER_REFUSED } from './answer-gate.js';

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
  return ofNetwork(error);
}

function ofProtocol(error: ProtocolError): UpstreamError {
  const { code: rpcCode, message, data } = error;
  if (data === STREAM_ENDED) return new UpstreamError('unreachable', message, { cause: error });
  if (data === ANSWER_REFUSED) return new UpstreamError('malformed', message, { cause: error });
  const kind = rpcCode === INTERNAL_ERROR ? 'failed' : 'refused';
  return new UpstreamError(kind, message, { rpcCode, cause: error });
}

function ofStatus(status: number | undefined, error: unknown): UpstreamError {
  if (status === undefined) return ofNetwork(error);
  const kind = status >= 500 ? 'failed' : 'refused';
  return new UpstreamError(kind, `It answered with HTTP ${status}`, { status, cause: error });
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
  if (code === SdkErrorCode.EraNegotiationFailed) return ofNetwork(error);
  const hasAnswered = code === SdkErrorCode.InvalidResult;
  return new UpstreamError('malformed', message, { hasAnswered, cause: error });
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
