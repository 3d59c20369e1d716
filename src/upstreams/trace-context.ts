import { createHash, randomBytes } from 'node:crypto';
import type { CallContext } from '../core/call-context.js';

/** W3C Trace Context, 3.2: version, trace id, parent id, flags; ids of zeros only are not valid. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The `traceparent` that goes on to an upstream: the caller's own, or one whose trace id comes from the correlation id, so
 * that the upstream's traces can be found from our log.
 */
export function traceparentOf({ correlationId, headers }: CallContext): string {
  const given = headers?.['traceparent'];
  if (typeof given === 'string' && TRACEPARENT.test(given)) return given;
  return `00-${traceIdOf(correlationId)}-${randomBytes(8).toString('hex')}-01`;
}

function traceIdOf(correlationId: string): string {
  const hex = correlationId.replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(hex) && !/^0+$/.test(hex)) return hex;
  return createHash('sha256').update(correlationId).digest('hex').slice(0, 32);
}
