import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { cut, quote } from '../../core/quote.ts';

/** What is wrong with a value, one sentence for each fault; empty when it fits. */
export type Problems = readonly string[];

export const NOTHING_WRONG: Problems = Object.freeze([]);

/** Keywords whose parameters say what would have been right. */
const TELLING: ReadonlySet<string> = new Set([
  'enum',
  'const',
  'additionalProperties',
  'unevaluatedProperties',
]);

/** Characters of the place of a fault, much of which is the caller's text; and of all that is said about it. */
const MAX_PATH = 300;
const MAX_PROBLEM = 2000;
/** Faults that are told: a value may break each of a thousand alternatives. */
export const MAX_PROBLEMS = 20;
/** Members of a list of what would have been right. */
const MAX_DETAILS = 100;

/** Models write long numbers as texts, because many programs change them on the way. */
const NUMBER_TEXT = /^-?\d{1,40}(?:\.\d{1,40})?$/;

/** A schema of an object as far as it names members. */
interface Members {
  readonly required?: unknown;
  readonly properties?: unknown;
  readonly patternProperties?: unknown;
  readonly additionalProperties?: unknown;
}

/** What Ajv has found, within bounds whatever the schema and the value. */
export function problemsOf({ errors, schema }: ValidateFunction, value: unknown): Problems {
  const found = errors ?? [];
  const told = found
    .slice(0, MAX_PROBLEMS)
    .flatMap((error) => namesWrong(error, schema, value) ?? describe(error, value));
  // How many is not known: of alternatives no more are kept.
  return found.length > MAX_PROBLEMS ? [...told, 'and more'] : told;
}

/**
 * Ajv stops at the first fault; whoever has misspelt the name of an argument is told of all names at once, those that
 * are missing and those that there are not.
 */
function namesWrong(
  { schemaPath, instancePath }: ErrorObject,
  schema: unknown,
  value: unknown,
): readonly string[] | undefined {
  if (instancePath !== '' || !/^#\/(?:required|additionalProperties)$/.test(schemaPath)) return undefined;
  const { required, properties, patternProperties, additionalProperties } = schema as Members;
  const has = (object: unknown, name: string): boolean => Object.hasOwn(object ?? {}, name);
  const missing = ((required ?? []) as readonly string[])
    .filter((name) => !has(value, name))
    .slice(0, MAX_PROBLEMS)
    .map((name) => cut(`arguments must have required property '${name}'`, MAX_PROBLEM));
  const unknown: string[] = [];
  if (additionalProperties === false && patternProperties === undefined) {
    for (const name in value as object) {
      if (unknown.length === MAX_PROBLEMS) break;
      if (!has(properties, name)) unknown.push(quote(name));
    }
  }
  const surplus =
    unknown.length > 0 ? [`arguments must NOT have additional properties (${unknown.join(', ')})`] : [];
  const problems = [...missing, ...surplus];
  return problems.length > 0 ? problems : undefined;
}

function describe(error: ErrorObject, value: unknown): string {
  const path = cut(error.instancePath, MAX_PATH + 1);
  const where = path === '' ? 'arguments' : path.slice(1).replaceAll('/', '.');
  const what = cut(`${cut(where, MAX_PATH)} ${error.message ?? 'is not valid'}`, MAX_PROBLEM);
  if (error.keyword === 'type') return `${what}${formFor(error, value)}`;
  if (!TELLING.has(error.keyword)) return what;
  const details = Object.values(error.params as Record<string, unknown>)
    .flat()
    .slice(0, MAX_DETAILS)
    .map((one) => (typeof one === 'string' ? quote(one) : JSON.stringify(one)));
  return cut(`${what} (${details.join(', ')})`, MAX_PROBLEM);
}

/** How to write a text that stands where a number has to be. */
function formFor({ params, instancePath }: ErrorObject, value: unknown): string {
  const { type } = params as { readonly type?: unknown };
  if (![type].flat().some((one) => one === 'integer' || one === 'number')) return '';
  const text = valueAt(value, instancePath);
  if (typeof text !== 'string' || !NUMBER_TEXT.test(text)) return '';
  return `: write ${text} as a number, without quotes; it is passed on digit for digit`;
}

/** What a JSON pointer leads to (RFC 6901). */
const valueAt = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (found, step) =>
        typeof found === 'object' && found !== null
          ? (found as Readonly<Record<string, unknown>>)[step]
          : undefined,
      value,
    );
