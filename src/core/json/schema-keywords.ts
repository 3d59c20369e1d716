/** Keywords of JSON Schema 2020-12 whose value is one schema (10.2, 10.3 and 11; contentSchema: Validation, 8.5). */
export const ONE_SCHEMA: ReadonlySet<string> = new Set([
  ...['items', 'contains', 'unevaluatedItems', 'contentSchema'],
  ...['additionalProperties', 'propertyNames', 'unevaluatedProperties'],
  ...['not', 'if', 'then', 'else'],
]);
/** Keywords whose value is a list of schemas. */
export const SCHEMA_LISTS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
/** Keywords whose value has a schema for each name; `definitions` is what drafts before 2019-09 say for `$defs`. */
export const SCHEMA_MAPS: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'],
]);
