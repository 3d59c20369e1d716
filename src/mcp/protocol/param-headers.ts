import { AppError } from '../../core/errors.js';
import { isObject } from '../../core/is-object.js';
import { isRawJSON, isSameNumber } from '../../core/json/exact-numbers.js';
import type { MirroredParam } from '../../tools/tool.registry.js';
import type { Params } from './message.js';
import { decodeHeaderValue, type ParamHeaders } from './request-headers.js';

/**
 * Compares the `Mcp-Param-*` headers of a call with its arguments
 * (2026-07-28, basic/transports/streamable-http, "Server Behavior for Custom Headers").
 *
 * @throws AppError `header_mismatch` for a header that is missing, broken, or says something else than the body.
 */
export function checkParamHeaders(
  mirrored: readonly MirroredParam[],
  args: Params,
  headers: ParamHeaders,
): void {
  for (const { header, path } of mirrored) {
    const value = valueAt(args, path);
    const key = header.toLowerCase();
    const sent = Object.hasOwn(headers, key) ? headers[key] : undefined;
    const name = `Mcp-Param-${header}`;
    const where = `params.arguments.${path.join('.')}`;
    if (value === undefined || value === null) {
      if (sent !== undefined) throw mismatch(`${name} was sent, and ${where} has no value`);
      continue;
    }
    if (sent === undefined) throw mismatch(`The ${name} header is missing; it mirrors ${where}`);
    const decoded = decodeHeaderValue(sent);
    if (decoded === undefined) throw mismatch(`The ${name} header has a broken Base64 value`);
    if (!isSame(decoded, value)) throw mismatch(`The ${name} header does not match ${where}`);
  }
}

function valueAt(args: Params, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    args,
  );
}

/** Numbers are compared as numbers: 42.0 is 42. What is no text, number or truth value stands in no header. */
function isSame(header: string, value: unknown): boolean {
  if (isRawJSON(value)) return isSameNumber(header.trim(), value.rawJSON);
  if (typeof value === 'number') return header.trim() !== '' && Number(header) === value;
  return (typeof value === 'string' || typeof value === 'boolean') && header === String(value);
}

const mismatch = (detail: string): AppError => new AppError('header_mismatch', { detail });
