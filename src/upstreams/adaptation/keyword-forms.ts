import { isRawJSON } from '../../core/json/exact-numbers.js';

type Form = (value: unknown) => boolean;

const isText: Form = (value) => typeof value === 'string';
const isFlag: Form = (value) => typeof value === 'boolean';
const isNumber: Form = (value) => typeof value === 'number' || isRawJSON(value);
const isPositive: Form = (value) => isNumber(value) && !(Number(value) <= 0);
const isCount: Form = (value) => isRawJSON(value) || (Number.isInteger(value) && Number(value) >= 0);
/** RFC 8141, 2: a URN has a namespace. */
export const isIdentity: Form = (value) =>
  typeof value === 'string' && !/^urn:(?![a-z0-9][a-z0-9-]*:)/i.test(value);
/** The forms of the values of other keywords (JSON Schema 2020-12, Validation, 6 to 9). */
export const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ...['title', 'description', '$comment', 'format', 'contentEncoding', 'contentMediaType', '$ref'].map(
    (keyword) => [keyword, isText] as const,
  ),
  ...['deprecated', 'readOnly', 'writeOnly', 'uniqueItems'].map((keyword) => [keyword, isFlag] as const),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map(
    (keyword) => [keyword, isNumber] as const,
  ),
  ...['Length', 'Items', 'Properties', 'Contains'].flatMap((what) => [
    [`min${what}`, isCount] as const,
    [`max${what}`, isCount] as const,
  ]),
  ['multipleOf', isPositive],
  ['examples', Array.isArray],
]);
