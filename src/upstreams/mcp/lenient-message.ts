import { isObject } from '../../core/is-object.js';
import { hasDescribedParts } from './described.js';

/** What an upstream sends for itself, as a value of its own: null is one. */
const VALUES: ReadonlySet<string> = new Set(['structuredContent', 'data']);
/**
 * Makes of a result what the SDK takes, in place: null members count as absent, and data that is no object, which
 * revisions before 2026-07-28 do not have, leaves the text as it is. A result of that one is complete where it does
 * not say what it is (2026-07-28, schema, "Result"), and kept by nobody where it does not say for how long.
 */
export function adapt(result: unknown, isModern: boolean): void {
  dropNulls(result);
  if (!isObject(result)) return;
  if ('isError' in result) Object.assign(result, { isError: isTrue(result['isError']) });
  if (isModern || 'supportedVersions' in result) Object.assign(result, { ...COMPLETE, ...result });
  if ('resultType' in result || !('structuredContent' in result)) return;
  const { structuredContent, content } = result;
  if (isObject(structuredContent)) return;
  drop(result, 'structuredContent');
  // Nothing of an answer is lost where it has no text.
  if (structuredContent !== null && (!Array.isArray(content) || content.length === 0))
    Object.assign(result, { content: [{ type: 'text', text: JSON.stringify(structuredContent) }] });
}

/** As those mean it who write it in another form. */
const isTrue = (said: unknown): boolean =>
  typeof said === 'string' ? !['false', 'no', '0', ''].includes(said.trim().toLowerCase()) : Boolean(said);

const COMPLETE = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };

/** Has null members count as absent where the protocol describes them, in place. */
export function dropNulls(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) return value.forEach(dropNulls);
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member === null) {
      if (!VALUES.has(name)) drop(members, name);
    } else if (hasDescribedParts(name)) dropNulls(member);
  }
}

const drop = (members: Readonly<Record<string, unknown>>, name: string): void =>
  void Reflect.deleteProperty(members, name);
