import { hash, randomBytes } from 'node:crypto';

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
export const newTraceparent = ({ id, flags }: Trace): string =>
  `00-${id}-${randomBytes(8).toString('hex')}-${flags}`;
