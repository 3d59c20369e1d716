import { isRawJSON } from './json/exact-numbers.ts';

/** Whether a value out of a JSON parser is an object, as opposed to an array, a scalar or null. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);
