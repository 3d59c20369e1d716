import { errorResult } from '../schema/error-form.js';
import type { ToolResult } from '../tool-definition.js';
import { ToolError } from '../tool-error.js';

/** A UTF-16 unit takes at most six bytes as JSON: \u and four digits. */
const MAX_BYTES_PER_UNIT = 6;
/** The longest number, and what stands around a member. */
const MAX_SCALAR_BYTES = 32;

/**
 * Keeps a result within `maxBytes` of JSON. Data cannot be cut without breaking its schema, so a result that is too
 * large becomes an error that says so, with the beginning of its text.
 */
export function boundOutput(result: ToolResult, maxBytes: number): ToolResult {
  // Counting at worst is cheaper than serialising only to measure, and nearly every answer is far below the bound.
  if (bytesAtWorst(result, maxBytes) <= maxBytes) return result;
  const bytes = bytesOf(result);
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

const bytesOf = (result: ToolResult): number => Buffer.byteLength(JSON.stringify(result));

/** An upper bound of the JSON of a value; once it is over the limit, how far does not matter. */
function bytesAtWorst(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length * MAX_BYTES_PER_UNIT + 2;
  if (typeof value !== 'object' || value === null) return MAX_SCALAR_BYTES;
  let bytes = 2;
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
