import type { RawRequest } from '../../helpers/raw-http.js';
import type { Json, RequestId, Wire } from '../../helpers/mcp-requests.js';

/** One answer inside a JSON-RPC error or result, as it must come back. No `id` means that there must be none. */
interface Expected {
  readonly id?: RequestId;
  /** The JSON-RPC error code. */
  readonly code?: number;
  /** `structuredContent.error.code` of a result with `isError`. */
  readonly toolError?: string;
  /** Members of `error.data`. */
  readonly data?: Json;
}

/** A row of the table: what is sent to /mcp, and what PROTOCOL.md says about it. */
export interface BadInput extends Expected {
  readonly name: string;
  /** A value that is neither text nor bytes is sent as JSON. */
  readonly body?: unknown;
  readonly headers?: RawRequest['headers'];
  readonly verb?: string;
  readonly path?: string;
  readonly chunked?: boolean;
  readonly status: number;
  /** Instead of one answer: those of a batch, in any order. */
  readonly batch?: readonly Expected[];
  readonly answerHeaders?: Readonly<Record<string, string>>;
}

export const MIB = 1024 * 1024;

const row = (name: string, body: unknown, rest: Omit<BadInput, 'name' | 'body'>): BadInput => ({
  name,
  body,
  ...rest,
});

/** 400 / -32700: not JSON at all. */
export const notJson = (name: string, body: string | Buffer): BadInput =>
  row(name, body, { status: 400, code: -32700 });

/** 400 / -32600: JSON, but no valid message. */
export const invalid = (name: string, body: unknown, id?: RequestId): BadInput =>
  row(name, body, { status: 400, code: -32600, ...(id !== undefined && { id }) });

/** 200 with an error code: understood, and refused under the rules of the earlier revisions. */
export const refused = (name: string, body: Json, code: number): BadInput =>
  row(name, body, { status: 200, code, id: body['id'] as RequestId });

/** 200 with an `isError` result. */
export const failed = (name: string, body: Json, toolError = 'invalid_arguments'): BadInput =>
  row(name, body, { status: 200, toolError, id: body['id'] as RequestId });

/** A request of revision 2026-07-28 and what comes back for it. */
export const stateless = (
  name: string,
  wire: Wire,
  expected: Pick<BadInput, 'status' | 'code' | 'data' | 'toolError'>,
): BadInput => row(name, wire.body, { headers: wire.headers, id: wire.body['id'] as RequestId, ...expected });
