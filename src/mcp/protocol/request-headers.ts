import type { IncomingHttpHeaders } from 'node:http';
import type { CallHeaders } from '../../core/call-context.js';

/** The headers that MCP reads. Repeated ones are joined by Node, and then match nothing. */
export interface McpHeaders {
  readonly contentType: string | undefined;
  readonly protocolVersion: string | undefined;
  readonly method: string | undefined;
  readonly name: string | undefined;
}

/** The `Mcp-Param-*` headers by the lower-case rest of their names. */
export type ParamHeaders = Readonly<Record<string, string>>;

const PARAM_PREFIX = 'mcp-param-';

export const readParamHeaders = (headers: CallHeaders): ParamHeaders =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(PARAM_PREFIX))
      .map(([name, value]) => [name.slice(PARAM_PREFIX.length), single(value) ?? '']),
  );

const single = (value: string | readonly string[] | undefined): string | undefined =>
  (typeof value === 'object' ? value.join(', ') : value)?.trim();

export const readMcpHeaders = (headers: IncomingHttpHeaders): McpHeaders => ({
  contentType: headers['content-type'],
  protocolVersion: single(headers['mcp-protocol-version']),
  method: single(headers['mcp-method']),
  name: single(headers['mcp-name']),
});

/** RFC 9110, 8.3.1: the media type without its parameters. */
export const isJsonContentType = (contentType: string | undefined): boolean =>
  (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase() === 'application/json';

const ENCODED = /^=\?base64\?(.*)\?=$/;

/**
 * The value of a mirrored header: plain, or `=?base64?...?=` for what a header cannot carry as it is
 * (2026-07-28, basic/transports/streamable-http, "Value Encoding"). `undefined` when the encoding is broken.
 */
export function decodeHeaderValue(value: string): string | undefined {
  const encoded = ENCODED.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips what is no Base64 and misses no padding; only the one spelling of the bytes counts (RFC 4648, 3.2 and
  // 3.3).
  return bytes.toString('base64') === encoded ? bytes.toString('utf8') : undefined;
}
