import type { ValidateFunction } from 'ajv';
import type { Dialect } from './dialects.ts';
import { foreignAjv } from './foreign-ajv.ts';
import { linearPattern } from './linear-pattern.ts';
import { problemsOf, type Problems } from './problems.ts';

/** What the worker gets: text alone, of which it makes objects of its own. */
export interface CheckTask {
  readonly dialect: Dialect;
  readonly schema: string;
  readonly value: string;
  /** Whether the value is wanted back with the defaults of the schema. */
  readonly fillsDefaults: boolean;
}

export interface CheckAnswer {
  readonly problems: Problems;
  /** The value as it is with the defaults, as JSON. */
  readonly filled?: string;
}

/** Compiled schemas, so that the same one need not be compiled for each call. */
const MAX_KEPT = 16;
/** Instructions of a pattern's program: with more, ECMAScript's own way is tried. */
const MAX_PROGRAM = 20_000;

const kept = new Map<string, ValidateFunction>();

/** Holds a value against a schema; whoever asks ends the thread when it takes too long. */
export default function check(task: CheckTask | undefined): CheckAnswer {
  // Asked whether it is there.
  if (task === undefined) return { problems: [] };
  const validate = compiled(task);
  const value: unknown = JSON.parse(task.value);
  const problems = validate(value) ? [] : problemsOf(validate.errors);
  return { problems, ...(task.fillsDefaults && { filled: JSON.stringify(value) }) };
}

function compiled({ dialect, schema }: CheckTask): ValidateFunction {
  const known = kept.get(schema);
  if (known !== undefined) return known;
  const ajv = foreignAjv(
    dialect,
    (pattern) => linearPattern(pattern, MAX_PROGRAM) ?? new RegExp(pattern, 'u'),
  );
  const validate = ajv.compile(JSON.parse(schema) as object);
  const [oldest] = kept.keys();
  if (kept.size === MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(schema, validate);
  return validate;
}
