import type { CallContext } from '../core/call-context.js';
import { newTraceparent, traceFor, traceIn } from '../core/trace-context.js';

/**
 * The `traceparent` that goes on to an upstream: the caller's own, or one whose trace id comes from the correlation id, so
 * that the upstream's traces can be found from our log.
 */
export function traceparentOf({ correlationId, headers }: CallContext): string {
  const given = headers?.['traceparent'];
  const isValid = typeof given === 'string' && traceIn(given) !== undefined;
  return isValid ? given : newTraceparent(traceFor(correlationId));
}
