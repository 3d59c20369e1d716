import type { OutcomePolicy } from './circuit-breaker.js';

export { BreakerOpenError, type CallOutcome, type OutcomePolicy } from './circuit-breaker.js';

/** The name of the chat server's breaker in the log, in /status, in metrics and in problem documents. */
export const CHAT_BREAKER = 'chat';

/** The request was not answered: no connection, a broken one, a certificate that is not trusted, silence. */
export class TransportError extends TypeError {
  override readonly name = 'TransportError';

  constructor(
    /** The code of the system or of Node: `ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`, `CERT_HAS_EXPIRED`. */
    readonly code: string,
    cause: unknown,
  ) {
    // A TypeError, as `fetch` throws: clients that are given our fetch look for that.
    super(cause instanceof Error && cause.message !== '' ? cause.message : code, { cause });
  }
}

/** The answer, or one event of a stream of events, has more bytes than OUTBOUND_MAX_RESPONSE_BYTES. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';

  constructor(readonly maxBytes: number) {
    super(`The answer has more than ${maxBytes} bytes`);
  }
}

/** The answer comes in more small pieces than it may, each of which costs as much as a large one. */
export class ScatteredAnswerError extends Error {
  override readonly name = 'ScatteredAnswerError';
  readonly code = 'scattered';

  /** @param how it comes, said of it */
  constructor(how: string) {
    super(`The answer comes ${how}`);
  }
}

/** The answer leads to another origin, where nothing of ours may go. */
export class RedirectRefusedError extends Error {
  override readonly name = 'RedirectRefusedError';

  constructor(readonly origin: string) {
    super(`The answer redirects to ${origin}, which is not followed`);
  }
}

/** The call was not answered before its deadline. Counts as a failure. */
export class OutboundTimeoutError extends Error {
  override readonly name = 'OutboundTimeoutError';

  constructor(readonly upstream: string) {
    super(`${upstream} did not answer in time`);
  }
}

/** Whoever asked gave up. Tells nothing about the upstream. */
export class OutboundCancelledError extends Error {
  override readonly name = 'OutboundCancelledError';

  constructor(
    readonly upstream: string,
    cause: unknown,
  ) {
    super(`The call of ${upstream} was cancelled`, { cause });
  }
}

/** As many calls run and wait as are allowed. Tells nothing about the upstream. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';

  constructor(readonly upstream: string) {
    super(`Too many calls wait for ${upstream}`);
  }
}

/** What a guard is made with; the rest is configuration. */
export interface GuardOptions {
  /**
   * What an answer or an error of this upstream says about its health. Time-outs and cancellations are decided already.
   */
  readonly policy: OutcomePolicy;
  /** Calls that may run at the same time; OUTBOUND_MAX_CONCURRENCY when left out. */
  readonly maxConcurrency?: number;
  /** Calls that may wait for a place; OUTBOUND_MAX_QUEUE when left out. */
  readonly maxQueue?: number;
  /** Repetitions of a repeatable call; OUTBOUND_RETRIES when left out. */
  readonly retries?: number;
}

/** How one call is to be made. */
export interface GuardedCall {
  /** Aborts when the caller gives up, or when its deadline has passed (reason {@link DeadlinePassed}). */
  readonly signal?: AbortSignal;
  /** When that deadline will pass, in milliseconds of `performance.now()`: up to then the guard needs no timer. */
  readonly deadlineAt?: number | undefined;
  /** Milliseconds from its start to the end of the call, repetitions included; TOOL_TIMEOUT_MS when left out. */
  readonly timeoutMs?: number;
  /** Whether the call may be repeated after a failure, because doing it twice does the same as doing it once. */
  readonly isRepeatable?: boolean;
}
