import type { Ajv, AnySchemaObject } from 'ajv';
import { ajvOf, type Dialect, dialectOf } from './dialects.js';

/** One for each dialect, whose own schema takes a while to compile. Nothing of what they have checked stays in them. */
const validators = new Map<Dialect, Ajv>();

/** @throws Error when the schema is not valid by the schema of its dialect. */
export function assertValidSchema(schema: AnySchemaObject): void {
  const dialect = dialectOf(schema);
  const ajv = validators.get(dialect) ?? ajvOf(dialect);
  validators.set(dialect, ajv);
  if (ajv.validateSchema(schema) !== true) throw new Error(`schema is invalid: ${ajv.errorsText()}`);
}
