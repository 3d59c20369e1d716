import {
  RedirectRefusedError,
  ResponseTooLargeError,
  ScatteredAnswerError,
  TransportError,
} from '../../resilience/outbound.port.js';
import { UpstreamError } from '../upstream.error.js';

/** The failure of a request, in the terms of all upstreams. Its address is not named: it may have a secret in it. */
export function toUpstreamError(error: unknown, signal: AbortSignal): UpstreamError {
  if (error instanceof UpstreamError) return error;
  if (signal.aborted) return new UpstreamError('cancelled', 'The call was given up', { cause: error });
  if (error instanceof ResponseTooLargeError) {
    return new UpstreamError('too_large', `${error.message}: ask for less`, { cause: error });
  }
  if (error instanceof ScatteredAnswerError)
    return new UpstreamError('malformed', error.message, { cause: error });
  if (error instanceof RedirectRefusedError) {
    return new UpstreamError('refused', 'It leads to another origin, which is not followed', {
      cause: error,
    });
  }
  if (error instanceof TransportError && error.code === 'ETIMEDOUT') {
    return new UpstreamError('timeout', 'It did not answer in time', { cause: error });
  }
  const code = error instanceof TransportError ? ` (${error.code})` : '';
  return new UpstreamError('unreachable', `It cannot be reached${code}`, { cause: error });
}
