import {
  BreakerOpenError,
  OutboundCancelledError,
  OutboundTimeoutError,
  QueueFullError,
} from '../resilience/outbound.port.js';
import type { OutcomePolicy } from '../resilience/outbound.port.js';
import { ToolError, type ToolErrorCode } from '../tools/tool-error.js';
import { UpstreamError, type UpstreamErrorKind } from './upstream.error.js';

/** What an answer or an error says of the upstream's health. A tool's own failure says nothing. */
export const HEALTH_POLICY: OutcomePolicy = {
  ofResult: (value) =>
    (value as { isError?: unknown } | undefined)?.isError === true ? 'neutral' : 'success',
  ofError: (error) => (error instanceof UpstreamError && error.isFailure ? 'failure' : 'neutral'),
};

const CODES: Readonly<Record<UpstreamErrorKind, ToolErrorCode>> = {
  unreachable: 'upstream_unavailable',
  timeout: 'timeout',
  failed: 'upstream_failed',
  malformed: 'upstream_failed',
  refused: 'upstream_refused',
  session_gone: 'upstream_unavailable',
  too_large: 'output_too_large',
  cancelled: 'cancelled',
};

const LATER = 'Call again later.';

/** A failure as the caller gets it; what is not the upstream's goes on as it is. */
export function explainFailure(upstream: string, error: unknown): unknown {
  if (error instanceof BreakerOpenError) {
    const { retryAfterMs } = error;
    const message = `The upstream ${upstream} has failed too often in a row and is left alone for a while.`;
    return new ToolError('circuit_open', message, LATER, { upstream, retryAfterMs });
  }
  if (error instanceof QueueFullError) {
    const data = { upstream, retryAfterMs: 1000 };
    return new ToolError('upstream_busy', `Too many calls wait for the upstream ${upstream}.`, LATER, data);
  }
  if (error instanceof OutboundTimeoutError) {
    return new ToolError('timeout', `The upstream ${upstream} did not answer in time.`, undefined, {
      upstream,
    });
  }
  if (error instanceof OutboundCancelledError) {
    return new ToolError('cancelled', 'The call was cancelled.', undefined, { upstream });
  }
  if (!(error instanceof UpstreamError)) return error;
  const { rpcCode, status, retryAfterMs } = error.details;
  const data = {
    upstream,
    ...(rpcCode !== undefined && { rpcCode }),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  return new ToolError(CODES[error.kind], `The upstream ${upstream}: ${error.message}.`, undefined, data);
}
