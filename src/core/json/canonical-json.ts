import { isRawJSON } from './exact-numbers.ts';

/**
 * The canonical form of a JSON value (RFC 8785): no blanks, members ordered by the UTF-16 code units of their names,
 * numbers and strings as ECMAScript writes them. Two clients that mean the same have the same digest. Of numbers that
 * ECMAScript cannot write each keeps its own form.
 *
 * @param value what came out of a JSON parser, with its depth bounded
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (isRawJSON(value)) return value.rawJSON;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let members = '';
  // Without a comparison of its own, sort() goes by UTF-16 code units.
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}
