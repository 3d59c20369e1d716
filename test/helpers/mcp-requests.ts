/** Requests as clients of either era write them. */

export const MODERN_REVISION = '2026-07-28';
export const LEGACY_REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

export const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
export const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';
export const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo';

export type RequestId = string | number;
export type Json = Readonly<Record<string, unknown>>;

export interface JsonRpcAnswer {
  readonly jsonrpc: '2.0';
  readonly id?: RequestId;
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Json };
}

export const legacy = (method: string, params?: unknown, id: RequestId = 1): Json => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params !== undefined && { params }),
});

export const legacyCall = (name: unknown, args?: unknown, id: RequestId = 1): Json =>
  legacy('tools/call', { name, ...(args !== undefined && { arguments: args }) }, id);

export interface Wire {
  readonly body: Json;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A request of revision 2026-07-28 that is right in every part, but for what is given in `change`. */
export function modern(
  method: string,
  params: Json = {},
  change: { id?: RequestId; meta?: Json; headers?: Readonly<Record<string, string | undefined>> } = {},
): Wire {
  const name = params['name'] ?? params['uri'];
  return {
    body: {
      jsonrpc: '2.0',
      id: change.id ?? 1,
      method,
      params: {
        ...params,
        _meta: { [VERSION_KEY]: MODERN_REVISION, [CAPABILITIES_KEY]: {}, ...change.meta },
      },
    },
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': MODERN_REVISION,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
      ...change.headers,
    },
  };
}

export const modernCall = (name: string, args: Json = {}, change: Parameters<typeof modern>[2] = {}): Wire =>
  modern('tools/call', { name, arguments: args }, change);

/** A header value that HTTP cannot carry as it is (2026-07-28, streamable-http, "Value Encoding"). */
export const base64Header = (value: string): string => `=?base64?${Buffer.from(value).toString('base64')}?=`;
