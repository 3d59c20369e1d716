import type { ValidateFunction } from 'ajv';
import { isRawJSON } from '../../core/json/exact-numbers.ts';
import { plainOf } from '../../core/json/exact-values.ts';

/**
 * Whether a value, in which doubles stand for numbers that they do not hold, fits a schema. What such a number was is
 * found by the place where it stands: one that is all of the value is given one.
 */
export function fits(validate: ValidateFunction, value: unknown): boolean {
  if (!isRawJSON(value)) return validate(value);
  const parentData = plainOf<Record<string, unknown>>({ value });
  const rootData = parentData['value'] as never;
  return validate(rootData, {
    parentData,
    parentDataProperty: 'value',
    rootData,
    instancePath: '',
    dynamicAnchors: {},
  });
}

/** The same value as `fits` takes it. */
export const checkable = <T>(value: T): T => (isRawJSON(value) ? value : plainOf(value));
