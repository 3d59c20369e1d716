import { AppError } from '../../core/errors.js';
import { isObject } from '../../core/is-object.js';
import { MAX_URI } from '../../tools/resources/resource.decorator.js';
import type { Params } from './message.js';

export const invalidParams = (detail: string, data?: Readonly<Record<string, unknown>>): AppError =>
  new AppError('invalid_params', { detail, ...(data && { data }) });

/**
 * The longest texts that params may have, in UTF-16 units. Whatever is longer is refused before anything is done with
 * it.
 */
export const MAX_LENGTH = {
  /** The name of a tool, a prompt or an argument; MCP 2025-11-25, server/tools, "Tool Names". */
  name: 128,
  uri: MAX_URI,
  /** A value that is typed for completion. */
  value: 4096,
  /** Ours have the last key of a page in them, which may be a URI. */
  cursor: 16_384,
  /** Ours have the answers of all rounds in them. */
  requestState: 524_288,
  taskId: 128,
  protocolVersion: 64,
  progressToken: 1024,
} as const;

/** @throws AppError `invalid_params` when the value is no string, or has more than `max` characters. */
export function boundedString(value: unknown, path: string, max: number): string {
  if (typeof value !== 'string') throw invalidParams(`${path} is missing or not a string`);
  if (value.length > max) throw invalidParams(`${path} has more than ${max} characters`);
  return value;
}

/** @throws AppError `invalid_params` when the member is missing, no string, or has more than `max` characters. */
export const requiredString = (params: Params, name: string, max: number, path = 'params'): string =>
  boundedString(params[name], `${path}.${name}`, max);

/** @throws AppError `invalid_params` when the member is missing or no object. */
export function requiredObject(params: Params, name: string): Params {
  const value = params[name];
  if (!isObject(value)) throw invalidParams(`params.${name} is missing or not an object`);
  return value;
}

/** @throws AppError `invalid_params` when the member is there and no object. */
export function optionalObject(params: Params, name: string, path = 'params'): Params {
  const value = params[name];
  if (value === undefined) return {};
  if (!isObject(value)) throw invalidParams(`${path}.${name} is not an object`);
  return value;
}

/**
 * An object whose members are all strings.
 *
 * @param maxOf how many characters the member of a name may have
 * @throws AppError `invalid_params` otherwise.
 */
export function stringMap(
  params: Params,
  name: string,
  maxOf: (member: string) => number,
  path = 'params',
): Readonly<Record<string, string>> {
  const value = optionalObject(params, name, path);
  for (const [key, member] of Object.entries(value)) {
    if (key.length > MAX_LENGTH.name)
      throw invalidParams(`${path}.${name} has a name of more than ${MAX_LENGTH.name} characters`);
    boundedString(member, `${path}.${name}.${key}`, maxOf(key));
  }
  return value as Readonly<Record<string, string>>;
}
