import { beginningOf } from '../core/quote.js';

/** How a call to an upstream fails, and whether that counts against its health: only its own failures do. */
const COUNTS = {
  /** It cannot be reached, or the connection broke. */
  unreachable: true,
  /** It did not answer in time. */
  timeout: true,
  /** It says that it failed: HTTP 5xx, JSON-RPC -32603. */
  failed: true,
  /** What came is not of the protocol. */
  malformed: true,
  /** It refuses the call as it stands: HTTP 4xx, any other JSON-RPC error. */
  refused: false,
  /** It has forgotten the session of the connection: a new connection may do. */
  session_gone: false,
  /** Its answer is larger than is taken in. */
  too_large: false,
  /** The caller does not want the answer any more. */
  cancelled: false,
} as const;

export type UpstreamErrorKind = keyof typeof COUNTS;

export interface UpstreamErrorDetails {
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** The code of the JSON-RPC error, where it was one. */
  readonly rpcCode?: number;
  /** Milliseconds after which the upstream asks to be called again (`Retry-After`). */
  readonly retryAfterMs?: number;
  /** It has answered, in a form that is not of the protocol: that says nothing against its health. */
  readonly hasAnswered?: boolean;
  readonly cause?: unknown;
}

/** Characters; much of it is the upstream's text. */
export const MAX_MESSAGE = 500;

/** A call to an upstream that has not come to an answer. The message is for the caller to read: it names no secret. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';

  constructor(
    readonly kind: UpstreamErrorKind,
    message: string,
    readonly details: UpstreamErrorDetails = {},
  ) {
    super(beginningOf(message, MAX_MESSAGE), { cause: details.cause });
  }

  /** Whether it counts towards the opening of the upstream's circuit breaker. */
  get isFailure(): boolean {
    return COUNTS[this.kind] && this.details.hasAnswered !== true;
  }
}
