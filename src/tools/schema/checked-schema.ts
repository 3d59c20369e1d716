import { isObject } from '../../core/is-object.js';
import { hasExact, plainOf } from '../../core/json/exact-values.js';
import type { ObjectSchema } from '../tool-definition.js';

/** Keywords whose members are named by the author of the schema (JSON Schema 2020-12). */
const NAMED: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependentRequired'],
]);

/** Those whose values are no schemas. */
const VALUES: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

/**
 * The schema as it checks: its numbers are doubles, and what they were is known where they are compared. A default that
 * a double would change is left to whoever has written the schema: filled in here it would be another one.
 */
export const checkedSchema = (schema: ObjectSchema): ObjectSchema =>
  hasExact(schema) ? plainOf(withoutExactDefaults(schema) as ObjectSchema) : schema;

function withoutExactDefaults(value: unknown, isNamed = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutExactDefaults(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => isNamed || name !== 'default' || !hasExact(member))
      .map(([name, member]) => [
        name,
        !isNamed && VALUES.has(name) ? member : withoutExactDefaults(member, !isNamed && NAMED.has(name)),
      ]),
  );
}
