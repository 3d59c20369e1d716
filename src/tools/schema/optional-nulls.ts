import { exactOf, plainOf } from '../../core/json/exact-values.js';
import type { ObjectSchema } from '../tool-definition.js';
import type { Problems } from './problems.js';
import type { SchemaCheck } from './schema-compiler.js';

/**
 * A check for which an optional argument that is null counts as left out, where the schema takes no null: models and
 * forms write it so. The value stays as it came (MCP 2026-07-28 leaves a null parameter out of the headers, too).
 */
export function takingOptionalNulls(check: SchemaCheck, schema: ObjectSchema): SchemaCheck {
  const { required } = schema;
  const needed = new Set<unknown>(Array.isArray(required) ? required : []);
  const again = (value: unknown, problems: Problems): ReturnType<SchemaCheck> => {
    const args = Object.entries(exactOf(value) as Readonly<Record<string, unknown>>);
    const rest = args.filter(([name, argument]) => argument !== null || needed.has(name));
    return rest.length === args.length ? problems : check(plainOf(Object.fromEntries(rest)));
  };
  return (value) => {
    const found = check(value);
    if (found instanceof Promise)
      return found.then((problems) => (problems.length === 0 ? problems : again(value, problems)));
    return found.length === 0 ? found : again(value, found);
  };
}
