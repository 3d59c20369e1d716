import { legacy, type RequestId, type Wire } from '../../helpers/mcp-requests.js';

/** One raw request that is sent to both servers. */
export interface DiffRequest {
  readonly name: string;
  readonly verb?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  /** For a stream that does not end by itself: what comes after its first event is not waited for. */
  readonly firstEventOnly?: true;
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const;
export const BOTH_TYPES = { ...JSON_TYPE, accept: 'application/json, text/event-stream' } as const;

/** A message of the handshake era under a version header. */
export const under = (
  version: string | undefined,
  name: string,
  body: unknown,
  headers: DiffRequest['headers'] = {},
): DiffRequest => ({
  name: `${version ?? 'no version'}: ${name}`,
  headers: { ...BOTH_TYPES, 'mcp-protocol-version': version, ...headers },
  body,
});

export const LATEST_HANDSHAKE = '2025-11-25';

/** A request of the newest revision with a handshake. */
export const handshake = (name: string, method: string, params?: unknown, id: RequestId = 1): DiffRequest =>
  under(LATEST_HANDSHAKE, name, legacy(method, params, id));

/** A request of revision 2026-07-28. */
export const stateless = (
  name: string,
  { headers, body }: Wire,
  rest: Partial<DiffRequest> = {},
): DiffRequest => ({
  name: `2026-07-28: ${name}`,
  headers,
  body,
  ...rest,
});
