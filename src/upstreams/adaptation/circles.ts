import { isObject } from '../../core/is-object.js';

/** Schemas that a value is held against one after the other, before it counts as a circle. */
export const MAX_SAME_VALUE = 200;

/**
 * Refuses a schema that is itself: no value is ever found to fit it, or not to. One that comes back by way of a part
 * of the value is none of those, and neither is one whose alternative may fit before.
 *
 * @param root its references lead into itself, by pointers (RFC 6901, 6)
 * @throws Error
 */
export function refuseCircles(root: unknown): void {
  const ending = new Set<unknown>();
  const way = new Set<unknown>();
  const follow = (schema: unknown): void => {
    if (!isObject(schema) || ending.has(schema)) return;
    if (way.has(schema) || way.size >= MAX_SAME_VALUE)
      throw new Error('Its schema is itself, by references in a circle: no arguments can be checked');
    way.add(schema);
    for (const other of sameValue(schema, root)) follow(other);
    way.delete(schema);
    ending.add(schema);
  };
  follow(root);
}

/** What a value is held against in any case that is held against a schema. */
function sameValue(schema: Schema, root: unknown): unknown[] {
  const { $ref, allOf, oneOf, anyOf, not, if: condition } = schema;
  return [
    ...(typeof $ref === 'string' && /^#(?:\/|$)/.test($ref) ? [at(root, $ref)] : []),
    ...(Array.isArray(allOf) ? (allOf as unknown[]) : []),
    ...(Array.isArray(oneOf) ? (oneOf as unknown[]) : []),
    ...(Array.isArray(anyOf) ? (anyOf.slice(0, 1) as unknown[]) : []),
    not,
    // JSON Schema 2020-12, core, 10.2.2.1: without these it decides nothing.
    'then' in schema || 'else' in schema ? condition : undefined,
  ];
}

type Schema = Readonly<Record<string, unknown>>;

function at(root: unknown, pointer: string): unknown {
  let found = root;
  for (const step of decoded(pointer).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Schema)[name];
  }
  return found;
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}
