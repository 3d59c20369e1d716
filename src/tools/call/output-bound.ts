import { isRawJSON } from '../../core/json/exact-numbers.js';
import { inOneGo, type Steps } from '../../core/steps.js';
import { HEAVY_LENGTH, inTurns } from '../../core/turn.js';
import { errorResult } from '../schema/error-form.js';
import type { ToolResult } from '../tool-definition.js';
import { ToolError } from '../tool-error.js';

/** A UTF-16 unit takes at most six bytes as JSON: \u and four digits. */
const MAX_BYTES_PER_UNIT = 6;
/** The longest number, and what stands around a member. */
const MAX_SCALAR_BYTES = 32;
/** An item takes as much time as a member, whose name counts as well. */
const ITEM_BYTES = 2 * MAX_SCALAR_BYTES;

/** Values that are counted in one step. */
const COUNTED_IN_A_STEP = 5000;

/** Whether it takes milliseconds to look through a result. */
export const isHeavy = (result: ToolResult): boolean => bytesAtWorst(result, HEAVY_AT_WORST) > HEAVY_AT_WORST;
const HEAVY_AT_WORST = HEAVY_LENGTH * MAX_BYTES_PER_UNIT;

/**
 * Keeps a result within `maxBytes` of JSON. Data cannot be cut without breaking its schema, so a result that is too
 * large becomes an error that says so, with the beginning of its text. A promise comes only for a large one, which is
 * counted in turns.
 */
export function boundOutput(
  result: ToolResult,
  maxBytes: number,
  heavy = isHeavy(result),
): ToolResult | Promise<ToolResult> {
  // Counting at worst is cheaper than serialising only to measure, and nearly every answer is far below the bound.
  if (!heavy && maxBytes >= HEAVY_AT_WORST) return result;
  if (bytesAtWorst(result, maxBytes) <= maxBytes) return result;
  return heavy ? inTurns(bounding(result, maxBytes)) : inOneGo(bounding(result, maxBytes));
}

function* bounding(result: ToolResult, maxBytes: number): Steps<ToolResult> {
  const bytes = yield* new ByteCount().of(result);
  // What is done with it follows at once.
  yield;
  if (bytes <= maxBytes) return result;
  const error = errorResult(
    new ToolError(
      'output_too_large',
      `The answer has ${bytes} bytes, and ${maxBytes} are allowed.`,
      'Narrow the question, or raise TOOL_MAX_OUTPUT_BYTES.',
      { bytes, maxBytes, truncated: true },
    ),
  );
  const room = Math.floor((maxBytes - bytesOf(error) - 2 * MAX_SCALAR_BYTES) / MAX_BYTES_PER_UNIT);
  const beginning = firstText(result).slice(0, Math.max(0, room));
  if (beginning === '') return error;
  return { ...error, content: [...error.content, { type: 'text', text: `[truncated] ${beginning}` }] };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** Counts the bytes of the JSON of a value, as `JSON.stringify` writes it, without writing it as a whole. */
class ByteCount {
  private counted = 0;

  *of(value: unknown): Steps<number> {
    const isLong = typeof value === 'string' && value.length > HEAVY_LENGTH;
    this.counted += 1;
    if (isLong || this.counted % COUNTED_IN_A_STEP === 0) yield;
    // A value that says for itself how it is written is asked.
    if (typeof value !== 'object' || value === null || isRawJSON(value) || 'toJSON' in value)
      return bytesOf(value);
    let members = 0;
    let bytes = 0;
    const isList = Array.isArray(value);
    for (const name of Object.keys(value)) {
      const own = yield* this.of((value as Record<string, unknown>)[name]);
      // What is no JSON is null in a list, and left out of an object.
      if (own === 0 && !isList) continue;
      members += 1;
      bytes += own === 0 ? 4 : own;
      if (!isList) bytes += bytesOf(name) + 1;
    }
    return bytes + Math.max(0, members - 1) + 2;
  }
}

/** An upper bound of the JSON of a value; once it is over the limit, how far does not matter. */
function bytesAtWorst(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length * MAX_BYTES_PER_UNIT + 2;
  if (typeof value !== 'object' || value === null) return MAX_SCALAR_BYTES;
  let bytes = 2;
  // The items by themselves: the keys of a list would be made into strings.
  if (Array.isArray(value)) {
    for (const item of value) {
      bytes += ITEM_BYTES + bytesAtWorst(item, limit);
      if (bytes > limit) return bytes;
    }
    return bytes;
  }
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    bytes += key.length * MAX_BYTES_PER_UNIT + MAX_SCALAR_BYTES + bytesAtWorst(member, limit);
    if (bytes > limit) return bytes;
  }
  return bytes;
}

function firstText(result: ToolResult): string {
  const block = result.content.find(({ type }) => type === 'text');
  return block?.type === 'text' ? block.text : '';
}
