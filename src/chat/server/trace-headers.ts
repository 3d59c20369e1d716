import { hash, randomBytes } from 'node:crypto';

/** W3C Trace Context, 3.2: version, trace-id, parent-id, flags. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/**
 * The headers under which the chat server's log can be matched with ours. The trace of the caller goes on; without one, its id is
 * made from the correlation id, so that whoever knows the one finds the other.
 */
export function traceHeaders(correlationId: string, traceparent: string | undefined): Record<string, string> {
  const [, trace = traceIdOf(correlationId), flags = '01'] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return {
    'x-correlation-id': correlationId,
    traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-${flags}`,
  };
}

/** A UUID is a trace id already. */
function traceIdOf(correlationId: string): string {
  const digits = correlationId.replaceAll('-', '').toLowerCase();
  return /^(?!0{32})[0-9a-f]{32}$/.test(digits) ? digits : hash('sha256', correlationId, 'hex').slice(0, 32);
}
