import { _, type CodeKeywordDefinition } from 'ajv';
import type { DataValidateFunction, DataValidationCxt, FuncKeywordDefinition } from 'ajv/dist/types/index.js';
import {
  compareNumbers,
  isInteger,
  isMultipleOf,
  isRawJSON,
  type JsonNumber,
  textOf,
} from '../../core/json/exact-numbers.ts';
import { exactOf } from '../../core/json/exact-values.ts';

type Members = Readonly<Record<string, unknown>>;

/** What a member was before doubles took the place of numbers that they do not hold. */
const memberOf = (owner: object, name: string | number): unknown => (exactOf(owner) as Members)[name];

/** The same for a number that stands somewhere. One that is all of the value, or a default, is what it is. */
function numberAt(value: number, owner: object | undefined, name: string | number): JsonNumber {
  const written = owner === undefined ? undefined : memberOf(owner, name);
  return isRawJSON(written) ? written : value;
}

const numberIn = (value: number, place: DataValidationCxt | undefined): JsonNumber =>
  numberAt(value, place?.parentData, place?.parentDataProperty ?? '');

type Compares = (value: JsonNumber, limit: JsonNumber) => boolean;

/** JSON Schema 2020-12 validation, 6.2: how the number has to be, in words, and whether it is. */
const LIMITS: Readonly<Record<string, readonly [string, Compares]>> = {
  maximum: ['be <=', (value, limit) => compareNumbers(value, limit) <= 0],
  minimum: ['be >=', (value, limit) => compareNumbers(value, limit) >= 0],
  exclusiveMaximum: ['be <', (value, limit) => compareNumbers(value, limit) < 0],
  exclusiveMinimum: ['be >', (value, limit) => compareNumbers(value, limit) > 0],
  multipleOf: ['be multiple of', isMultipleOf],
};

const limit = ([keyword, [must, fits]]: readonly [
  string,
  readonly [string, Compares],
]): FuncKeywordDefinition => ({
  keyword,
  type: 'number',
  schemaType: 'number',
  errors: true,
  compile: (_limit: number, schema) => {
    const most = memberOf(schema, keyword) as JsonNumber;
    const check: DataValidateFunction = (value: number, place) => {
      if (fits(numberIn(value, place), most)) return true;
      check.errors = [{ keyword, message: `must ${must} ${textOf(most)}`, params: {} }];
      return false;
    };
    return check;
  },
});

/** Whether a value is one of some (6.1.2 and 6.1.3), in which nothing has to be looked for that is not like it. */
function membership(words: readonly unknown[]): (value: unknown) => boolean {
  const scalars = new Set(words);
  const numbers = words.filter(isNumber);
  const objects = words.filter((word) => typeof word === 'object' && word !== null && !isRawJSON(word));
  return (value) => {
    if (isNumber(value)) return numbers.some((word) => compareNumbers(word, value) === 0);
    if (typeof value !== 'object' || value === null) return scalars.has(value);
    return objects.some((word) => isSame(word, value));
  };
}

const isNumber = (value: unknown): value is JsonNumber => typeof value === 'number' || isRawJSON(value);

/** JSON Schema 2020-12 core, 4.2.2. */
function isSame(one: unknown, other: unknown): boolean {
  if (isNumber(one) || isNumber(other))
    return isNumber(one) && isNumber(other) && compareNumbers(one, other) === 0;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every(
      (name) => Object.hasOwn(other, name) && isSame((one as Members)[name], (other as Members)[name]),
    )
  );
}

const equality = (
  keyword: 'const' | 'enum',
  message: string,
  paramsOf: (exact: unknown) => Members,
): FuncKeywordDefinition => ({
  keyword,
  ...(keyword === 'enum' && { schemaType: 'array' }),
  errors: true,
  compile: (_words: unknown, schema) => {
    const exact = memberOf(schema, keyword);
    const words = keyword === 'enum' ? (exact as readonly unknown[]) : [exact];
    if (words.length === 0) throw new Error('enum must have non-empty array');
    const isAmong = membership(words);
    const check: DataValidateFunction = (value: unknown, place) => {
      if (isAmong(typeof value === 'number' ? numberIn(value, place) : exactOf(value))) return true;
      check.errors = [{ keyword, message, params: paramsOf(exact) }];
      return false;
    };
    return check;
  },
});

const isIntegerAt = (value: number, owner: object | undefined, name: string | number): boolean =>
  isInteger(numberAt(value, owner, name));

/** Beside Ajv's own check of types, which takes for an integer what a double makes one. */
const INTEGER: CodeKeywordDefinition = {
  keyword: 'type',
  schemaType: ['string', 'array'],
  error: {
    message: ({ schema }) => `must be ${[schema].flat().join()}`,
    params: ({ schema }) => _`{type: ${[schema].flat().join()}}`,
  },
  code(cxt) {
    const { gen, data, schema, it } = cxt;
    const types = new Set([schema as unknown].flat());
    if (!types.has('integer') || types.has('number')) return;
    const isWhole = gen.scopeValue('func', { ref: isIntegerAt });
    cxt.fail(
      _`typeof ${data} == "number" && !${isWhole}(${data}, ${it.parentData}, ${it.parentDataProperty})`,
    );
  },
};

/**
 * Ajv's keywords that look at numbers, for values in which doubles stand for numbers that they do not hold: what counts
 * is the number as it came, and the limit as it is written.
 */
export const EXACT_KEYWORDS: readonly (FuncKeywordDefinition | CodeKeywordDefinition)[] = [
  ...Object.entries(LIMITS).map(limit),
  equality('const', 'must be equal to constant', (allowedValue) => ({ allowedValue })),
  equality('enum', 'must be equal to one of the allowed values', (allowedValues) => ({ allowedValues })),
  INTEGER,
];
