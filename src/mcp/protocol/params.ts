import { AppError } from '../../core/errors.js';
import { isObject } from '../../core/is-object.js';
import type { Params } from './message.js';

export const invalidParams = (detail: string, data?: Readonly<Record<string, unknown>>): AppError =>
  new AppError('invalid_params', { detail, ...(data && { data }) });

/** @throws AppError `invalid_params` when the member is missing or no string. */
export function requiredString(params: Params, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw invalidParams(`params.${name} is missing or not a string`);
  return value;
}

/** @throws AppError `invalid_params` when the member is missing or no object. */
export function requiredObject(params: Params, name: string): Params {
  const value = params[name];
  if (!isObject(value)) throw invalidParams(`params.${name} is missing or not an object`);
  return value;
}

/** @throws AppError `invalid_params` when the member is there and no object. */
export function optionalObject(params: Params, name: string): Params {
  const value = params[name];
  if (value === undefined) return {};
  if (!isObject(value)) throw invalidParams(`params.${name} is not an object`);
  return value;
}

/** An object whose members are all strings. @throws AppError `invalid_params` otherwise. */
export function stringMap(params: Params, name: string): Readonly<Record<string, string>> {
  const value = optionalObject(params, name);
  for (const [key, member] of Object.entries(value)) {
    if (typeof member !== 'string')
      throw invalidParams(`params.${name}.${key.slice(0, 100)} is not a string`);
  }
  return value as Readonly<Record<string, string>>;
}
