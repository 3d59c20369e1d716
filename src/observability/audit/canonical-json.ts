/**
 * The canonical form of a JSON value (RFC 8785): no blanks, members ordered by the UTF-16 code units of their names,
 * numbers and strings as ECMAScript writes them. Two clients that mean the same have the same digest.
 *
 * @param value what came out of a JSON parser, with its depth bounded
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}
