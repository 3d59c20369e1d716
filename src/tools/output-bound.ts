import { errorResult } from './error-form.js';
import type { ToolResult } from './tool-definition.js';
import { ToolError } from './tool-error.js';

/** A UTF-16 unit takes at most six bytes as JSON: \u and four digits. */
const MAX_BYTES_PER_UNIT = 6;
/** What stands around a text block, with room to spare. */
const BLOCK_BYTES = 64;

/**
 * Keeps a result within `maxBytes` of JSON. Data cannot be cut without breaking its schema, so a result that is too
 * large becomes an error that says so, with the beginning of its text.
 */
export function boundOutput(result: ToolResult, maxBytes: number): ToolResult {
  if (isSurelySmall(result, maxBytes)) return result;
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
  const room = Math.floor((maxBytes - bytesOf(error) - BLOCK_BYTES) / MAX_BYTES_PER_UNIT);
  const beginning = firstText(result).slice(0, Math.max(0, room));
  if (beginning === '') return error;
  return { ...error, content: [...error.content, { type: 'text', text: `[truncated] ${beginning}` }] };
}

const bytesOf = (result: ToolResult): number => Buffer.byteLength(JSON.stringify(result));

/** Some short texts and nothing else: not worth serialising only to be counted. */
function isSurelySmall(result: ToolResult, maxBytes: number): boolean {
  for (const member in result) if (member !== 'content' && member !== 'isError') return false;
  let bytes = BLOCK_BYTES;
  for (const block of result.content) {
    if (block.type !== 'text' || Object.keys(block).length > 2) return false;
    bytes += BLOCK_BYTES + block.text.length * MAX_BYTES_PER_UNIT;
  }
  return bytes <= maxBytes;
}

function firstText(result: ToolResult): string {
  const block = result.content.find(({ type }) => type === 'text');
  return block?.type === 'text' ? block.text : '';
}
