import { newTraceparent, traceFor, traceIn } from '../../core/trace-context.js';

/**
 * The headers under which the chat server's log can be matched with ours. The trace of the caller goes on; without one, its id is
 * made from the correlation id, so that whoever knows the one finds the other.
 */
export function traceHeaders(correlationId: string, traceparent: string | undefined): Record<string, string> {
  return {
    'x-correlation-id': correlationId,
    traceparent: newTraceparent(traceIn(traceparent) ?? traceFor(correlationId)),
  };
}
