import type { ValidateFunction } from 'ajv';
import { isChanged, rawJSON } from '../../core/json/exact-numbers.ts';
import type { Dialect } from './dialects.ts';
import { checkable, fits } from './exact-check.ts';
import { foreignAjv } from './foreign-ajv.ts';
import { linearPattern, type Matcher, programSizeOf } from './linear-pattern.ts';
import { ELSEWHERE } from './schema-survey.ts';
import { problemsOf, type Problems } from './problems.ts';

/** What the worker gets: text alone, of which it makes objects of its own. */
export interface CheckTask {
  readonly dialect: Dialect;
  readonly schema: string;
  /** Whether it has numbers that a double would change. */
  readonly isExactSchema: boolean;
  readonly value: string;
  /** Likewise. */
  readonly isExact: boolean;
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
/** When this thread has more bytes than that, nothing is kept: what stands outside of its heap has no other bound. */
const MAX_BYTES = 48 * 1024 * 1024;

const kept = new Map<string, ValidateFunction>();

/** Holds a value against a schema; whoever asks ends the thread when it takes too long. */
export default function check(task: CheckTask | undefined): CheckAnswer {
  // Asked whether it is there.
  if (task === undefined) return { problems: [] };
  const validate = compiled(task);
  const value = parsed(task.value, task.isExact);
  const problems = fits(validate, value) ? [] : problemsOf(validate, value);
  return { problems, ...(task.fillsDefaults && { filled: JSON.stringify(value) }) };
}

const parsed = (text: string, isExact: boolean): unknown =>
  isExact ? checkable(JSON.parse(text, exactly as Reviver)) : (JSON.parse(text) as unknown);

type Reviver = (name: string, value: unknown) => unknown;

/** ECMA-262, "JSON.parse source text access". */
const exactly = (_name: string, value: unknown, { source }: { readonly source: string }): unknown =>
  typeof value === 'number' && isChanged(source) ? rawJSON(source) : value;

function compiled({ dialect, schema, isExactSchema }: CheckTask): ValidateFunction {
  const known = kept.get(schema);
  if (known !== undefined) return known;
  const { heapUsed, external } = process.memoryUsage();
  if (heapUsed + external > MAX_BYTES) kept.clear();
  const validate = foreignAjv(dialect, matchers()).compile(parsed(schema, isExactSchema) as object);
  const [oldest] = kept.keys();
  if (kept.size === MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(schema, validate);
  return validate;
}

/** Of the patterns of one schema, linear programs for as many as there is room for. */
function matchers(): (pattern: string) => Matcher {
  let room: number = ELSEWHERE.instructions;
  return (pattern) => {
    const matcher = linearPattern(pattern, room);
    if (matcher === undefined) return new RegExp(pattern, 'u');
    room -= programSizeOf(pattern);
    return matcher;
  };
}
