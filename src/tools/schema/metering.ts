import { _, type CodeKeywordDefinition } from 'ajv';
import { isObject } from '../../core/is-object.ts';
import { nodesOf } from '../../core/json/nodes.ts';
import { spend } from './meter.ts';

/** Keywords of ours that a schema gets before it is compiled: what its checks cost, said before they are made. */
export const COST = 'x-mcpo-cost';
export const TEXT_COST = 'x-mcpo-text-cost';

/** What a schema costs each time that a value is held against it. */
interface Cost {
  readonly units: number;
  /** For each member of an object. */
  readonly perMember: number;
}
type TextCost = 'length' | 'linear' | 'quadratic';

/** What says something, and checks nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  ...['$schema', '$id', '$anchor', '$comment', '$defs', 'definitions', 'title', 'description', 'default'],
  ...['examples', 'deprecated', 'readOnly', 'writeOnly'],
]);
/** What looks at each member of an object. */
const LOOPS = [
  'additionalProperties',
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
];
/** Formats whose check looks at each character once at most. */
const LINEAR_FORMATS: ReadonlySet<unknown> = new Set([
  ...['byte', 'binary', 'password', 'date', 'time', 'date-time', 'uuid', 'ipv4', 'ipv6', 'hostname', 'regex'],
]);
/** Each alternative that does not fit makes errors, which the next one throws away. */
const OF_ALTERNATIVE = 8;
const PER_LISTED = 1 / 8;
const PER_LOOPED_MEMBER = 1 / 2;
const PER_MERGED_MEMBER = 2;

/**
 * The keywords that say what a schema costs.
 *
 * @param isAlternative whether others are tried when it does not fit
 * @param isUnevaluated whether it is noted which members have been seen
 */
export function costsOf(
  schema: Readonly<Record<string, unknown>>,
  isAlternative: boolean,
  isUnevaluated: boolean,
): Readonly<Record<string, unknown>> {
  if (Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword))) return {};
  const { properties, required, dependentRequired, enum: words, const: word } = schema;
  // What stands under `properties` costs by itself, but each name is looked for.
  const listed =
    nodesOf([required, dependentRequired, words, word]) +
    (isObject(properties) ? Object.keys(properties).length : 0);
  const units = Math.ceil((1 + listed * PER_LISTED) * (isAlternative ? OF_ALTERNATIVE : 1));
  const perMember =
    (LOOPS.some((keyword) => keyword in schema) ? PER_LOOPED_MEMBER : 0) +
    (isUnevaluated ? PER_MERGED_MEMBER : 0);
  const text = textCostOf(schema);
  return { [COST]: { units, perMember } satisfies Cost, ...(text !== undefined && { [TEXT_COST]: text }) };
}

function textCostOf({
  format,
  minLength,
  maxLength,
}: Readonly<Record<string, unknown>>): TextCost | undefined {
  if (format !== undefined) return LINEAR_FORMATS.has(format) ? 'linear' : 'quadratic';
  return minLength === undefined && maxLength === undefined ? undefined : 'length';
}

function spendFor(value: unknown, units: number, perMember: number): void {
  const members = perMember > 0 && isObject(value) ? Object.keys(value).length : 0;
  spend(units + members * perMember);
}

const spendForText: Readonly<Record<TextCost, (text: string) => void>> = {
  length: ({ length }) => spend(length / 30),
  linear: ({ length }) => spend(length / 4),
  quadratic: ({ length }) => spend(1 + (length * length) / 30),
};

export const METERING: readonly CodeKeywordDefinition[] = [
  {
    keyword: COST,
    before: '$ref',
    code: ({ gen, data, schema }) => {
      const { units, perMember } = schema as Cost;
      gen.code(_`${gen.scopeValue('func', { ref: spendFor })}(${data}, ${units}, ${perMember})`);
    },
  },
  {
    keyword: TEXT_COST,
    // Before the check itself, and so among those of its type.
    type: 'string',
    before: 'maxLength',
    code: ({ gen, data, schema }) => {
      const ref = spendForText[schema as TextCost];
      gen.code(_`${gen.scopeValue('func', { ref })}(${data})`);
    },
  },
];
