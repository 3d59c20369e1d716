import { isObject } from '../../core/is-object.js';

/** Keywords whose members are named by the author of the schema (JSON Schema 2020-12). */
const NAMED: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'],
]);
/** Those whose values are no schemas. */
const VALUES: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

/**
 * A schema that is to stand within another document: its references into itself (`#`, `#/...`) lead to its new place.
 * What has an identity of its own keeps its references, which lead into that (JSON Schema 2020-12 core, 8.2.1).
 *
 * @param place a JSON pointer as a fragment: `#/components/schemas/name`
 */
export function referringTo(place: string, value: unknown, isNamed = false): unknown {
  if (Array.isArray(value)) return value.map((item) => referringTo(place, item));
  if (!isObject(value)) return value;
  if (!isNamed && typeof value['$id'] === 'string') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (isNamed) return [name, referringTo(place, member)];
      if (VALUES.has(name)) return [name, member];
      if (name === '$ref' && typeof member === 'string') return [name, moved(place, member)];
      return [name, referringTo(place, member, NAMED.has(name))];
    }),
  );
}

const moved = (place: string, reference: string): string =>
  reference === '#' || reference.startsWith('#/') ? place + reference.slice(1) : reference;
