import { type ErrorCode, type ErrorDefinition, ERRORS } from './error-registry.js';
import { cut } from './quote.js';
import { trimEnd } from './trim-end.js';

export interface AppErrorOptions {
  /** What exactly was wrong and where; safe to show to the client. */
  readonly detail?: string;
  /** Machine-readable members: `error.data` in JSON-RPC, extension members in a problem document. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** After how many milliseconds the same request may succeed: `data.retryAfterMs` and the header Retry-After. */
  readonly retryAfterMs?: number | undefined;
  /** Further response headers that belong to the error (`WWW-Authenticate`, `Allow`). */
  readonly headers?: Readonly<Record<string, string>>;
  /** How to mend it, where the registry cannot know that. */
  readonly mend?: string;
  readonly cause?: unknown;
}

/** Characters of a detail, whatever others have said that is in it. */
const MAX_DETAIL = 2000;

/** A refusal or failure from the registry. Anything else that is thrown counts as `internal_error`. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly mend: string;

  constructor(
    readonly code: ErrorCode,
    options: AppErrorOptions = {},
  ) {
    super(cut(options.detail ?? ERRORS[code].title, MAX_DETAIL), { cause: options.cause });
    const { retryAfterMs } = options;
    this.data = retryAfterMs === undefined ? options.data : { ...options.data, retryAfterMs };
    this.headers =
      retryAfterMs === undefined
        ? (options.headers ?? {})
        : { ...options.headers, 'Retry-After': retryAfter(retryAfterMs) };
    this.mend = options.mend ?? ERRORS[code].mend;
  }

  get definition(): ErrorDefinition {
    return ERRORS[this.code];
  }
}

/** The `delay-seconds` of RFC 9110, 10.2.3: whole seconds, and never 0, which would ask for an endless loop. */
const retryAfter = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));

/** A JSON-RPC 2.0 error object, as it stands in a response. */
export interface JsonRpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An RFC 9457 problem document. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly mend: string;
  readonly correlationId: string;
  readonly [extension: string]: unknown;
}

/** The JSON-RPC face of an error: what was wrong, and how to mend it, in one message. */
export function toJsonRpcError(error: AppError): JsonRpcErrorObject {
  const message = `${trimEnd(error.message, /[.\s]/)}. ${error.mend}`;
  return { code: error.definition.rpc, message, ...(error.data && { data: error.data }) };
}

/** The HTTP face of an error, as an RFC 9457 problem document. */
export function toProblem(error: AppError, correlationId: string): ProblemDocument {
  const { status, title } = error.definition;
  const { mend } = error;
  const type = `urn:mcpo:error:${error.code}`;
  return { ...error.data, type, title, status, detail: error.message, code: error.code, mend, correlationId };
}
