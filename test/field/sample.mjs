/** Levels of objects and lists that a sample has. */
const MAX_DEPTH = 16;

/**
 * A value that fits a JSON Schema as documents write it, with nothing in it that is not required.
 *
 * @param root the schema that `#/$defs/...` refers to
 * @param isFull whether there are members that are not required too
 */
export function sample(schema, root = schema, isFull = false, depth = 0) {
  if (typeof schema !== 'object' || schema === null || depth > MAX_DEPTH) return 'a';
  if (typeof schema.$ref === 'string') {
    const target = root.$defs?.[schema.$ref.slice('#/$defs/'.length)];
    return sample(target, root, isFull, depth + 1);
  }
  const [first] = schema.oneOf ?? schema.anyOf ?? [];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length > 0) return schema.enum[0];
  const type = [schema.type].flat()[0] ?? (schema.properties ? 'object' : undefined);
  if (schema.allOf !== undefined && type !== 'array') {
    const parts = schema.allOf.map((part) => sample(part, root, isFull, depth + 1));
    return parts.every((part) => typeof part === 'object') ? Object.assign({}, ...parts) : parts[0];
  }
  if (first !== undefined && type === undefined) return sample(first, root, isFull, depth + 1);
  switch (type) {
    case 'object':
      return objectOf(schema, root, isFull, depth);
    case 'array':
      return Array.from({ length: isFull ? 1 : (schema.minItems ?? 0) }, () =>
        sample(schema.items, root, isFull, depth + 1),
      );
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textOf(schema);
  }
}

function objectOf({ properties = {}, required = [] }, root, isFull, depth) {
  const names = isFull && depth < 2 ? Object.keys(properties) : required;
  return Object.fromEntries(
    names.map((name) => [name, sample(properties[name] ?? {}, root, isFull, depth + 1)]),
  );
}

const TEXTS = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/',
  email: 'a@example.com',
};

const textOf = ({ format, minLength = 1 }) => TEXTS[format] ?? 'a'.repeat(minLength);
