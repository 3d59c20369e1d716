import { hash, randomUUID } from 'node:crypto';
import type { CallContext } from './call-context.js';

/** A trace that requests of several programs belong to (W3C Trace Context, 3.2). */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Two hexadecimal digits; `01`: it is recorded. */
  readonly flags: string;
}

/** Version, trace id, parent id, flags; ids of zeros only are not valid. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** The trace of a `traceparent` header; `undefined` when that is not valid. */
export function traceIn(traceparent: string | undefined): Trace | undefined {
  const [, id, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return id === undefined || flags === undefined ? undefined : { id, flags };
}

/** A trace that whoever knows the correlation id finds. A UUID is a trace id already. */
export function traceFor(correlationId: string): Trace {
  const digits = correlationId.replaceAll('-', '').toLowerCase();
  const isTraceId = /^(?!0{32})[0-9a-f]{32}$/.test(digits);
  return { id: isTraceId ? digits : hash('sha256', correlationId, 'hex').slice(0, 32), flags: '01' };
}

/** The `traceparent` of a request of ours within a trace. */
export const newTraceparent = ({ id, flags }: Trace): string => `00-${id}-${newParentId()}-${flags}`;

/** Node keeps UUIDs in store, where bytes would cost each request a system call; these 16 digits of one are random. */
function newParentId(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 4) + uuid.slice(-12);
}

/**
 * The `traceparent` that goes on to an upstream: the caller's own, or one whose trace id comes from the correlation id,
 * so that the upstream's traces can be found from our log.
 */
export function traceparentOf({ correlationId, headers }: CallContext): string {
  const given = headers?.['traceparent'];
  const isValid = typeof given === 'string' && traceIn(given) !== undefined;
  return isValid ? given : newTraceparent(traceFor(correlationId));
}

/**
 * The headers under which the chat server's log can be matched with ours. The trace of the caller goes on; without one,
 * its id is made from the correlation id, so that whoever knows the one finds the other.
 */
export function traceHeaders(correlationId: string, traceparent: string | undefined): Record<string, string> {
  return {
    'x-correlation-id': correlationId,
    traceparent: newTraceparent(traceIn(traceparent) ?? traceFor(correlationId)),
  };
}
