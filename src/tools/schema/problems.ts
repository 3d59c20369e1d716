import type { ErrorObject } from 'ajv/dist/2020.js';
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
const MAX_PROBLEMS = 20;
/** Members of a list of what would have been right. */
const MAX_DETAILS = 100;

/** What Ajv has found, within bounds whatever the schema and the value. */
export function problemsOf(errors: readonly ErrorObject[] | null | undefined): Problems {
  const found = errors ?? [];
  const told = found.slice(0, MAX_PROBLEMS).map(describe);
  return found.length > MAX_PROBLEMS ? [...told, `and ${found.length - MAX_PROBLEMS} more`] : told;
}

function describe(error: ErrorObject): string {
  const path = cut(error.instancePath, MAX_PATH + 1);
  const where = path === '' ? 'arguments' : path.slice(1).replaceAll('/', '.');
  const what = cut(`${cut(where, MAX_PATH)} ${error.message ?? 'is not valid'}`, MAX_PROBLEM);
  if (!TELLING.has(error.keyword)) return what;
  const details = Object.values(error.params as Record<string, unknown>)
    .flat()
    .slice(0, MAX_DETAILS)
    .map((value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value)));
  return cut(`${what} (${details.join(', ')})`, MAX_PROBLEM);
}
