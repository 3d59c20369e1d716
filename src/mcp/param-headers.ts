import { AppError } from '../core/errors.js';
import type { ObjectSchema } from '../tools/tool-definition.js';
import { isObject, type Params } from './message.js';
import { decodeHeaderValue, type ParamHeaders } from './transport/request-headers.js';

/** A parameter that clients mirror into a header: where it stands in the arguments, and under which name. */
interface MirroredParam {
  readonly header: string;
  readonly path: readonly string[];
}

const mirrored = new WeakMap<ObjectSchema, readonly MirroredParam[]>();

/**
 * Compares the `Mcp-Param-*` headers of a call with its arguments
 * (2026-07-28, basic/transports/streamable-http, "Server Behavior for Custom Headers").
 *
 * @throws AppError `header_mismatch` for a header that is missing, broken, or says something else than the body.
 */
export function checkParamHeaders(schema: ObjectSchema, args: Params, headers: ParamHeaders): void {
  for (const { header, path } of mirroredParams(schema)) {
    const value = valueAt(args, path);
    const sent = headers[header.toLowerCase()];
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

function mirroredParams(schema: ObjectSchema): readonly MirroredParam[] {
  let params = mirrored.get(schema);
  if (params === undefined) mirrored.set(schema, (params = collect(schema, [])));
  return params;
}

/** Through `properties` alone: anywhere else the annotation is invalid, and the registry has refused it. */
function collect(schema: Params, path: readonly string[], found: MirroredParam[] = []): MirroredParam[] {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property)) continue;
    const here = [...path, name];
    const header = property['x-mcp-header'];
    if (typeof header === 'string') found.push({ header, path: here });
    collect(property, here, found);
  }
  return found;
}

function valueAt(args: Params, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    args,
  );
}

/** Numbers are compared as numbers: 42.0 is 42. */
function isSame(header: string, value: unknown): boolean {
  if (typeof value === 'number') return header.trim() !== '' && Number(header) === value;
  return header === String(value);
}

const mismatch = (detail: string): AppError => new AppError('header_mismatch', { detail });
