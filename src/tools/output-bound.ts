import { errorResult } from './error-form.js';
import type { ToolResult } from './tool-definition.js';
import { ToolError } from './tool-error.js';

/**
 * Keeps a result within `maxBytes` of JSON. Data cannot be cut without breaking its schema, so a result that is too
 * large becomes an error that says so, with the beginning of its text.
 */
export function boundOutput(result: ToolResult, maxBytes: number): ToolResult {
  if (isSurelySmall(result, maxBytes)) return result;
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= maxBytes) return result;
  const error = errorResult(
    new ToolError(
      'output_too_large',
      `The answer has ${bytes} bytes, and ${maxBytes} are allowed.`,
      'Narrow the question, or raise TOOL_MAX_OUTPUT_BYTES.',
      { bytes, maxBytes, truncated: true },
    ),
  );
  const beginning = firstText(result).slice(0, Math.floor(maxBytes / 8));
  if (beginning === '') return error;
  return { ...error, content: [...error.content, { type: 'text', text: `[truncated] ${beginning}` }] };
}

/** A few short texts and no data: not worth serialising twice. A UTF-16 unit takes at most six bytes as JSON. */
function isSurelySmall(result: ToolResult, maxBytes: number): boolean {
  if (result.structuredContent !== undefined || result._meta !== undefined) return false;
  let units = 256;
  for (const block of result.content) {
    if (block.type !== 'text' || block._meta !== undefined) return false;
    units += block.text.length + 64;
  }
  return units * 6 <= maxBytes;
}

function firstText(result: ToolResult): string {
  const block = result.content.find(({ type }) => type === 'text');
  return block?.type === 'text' ? block.text : '';
}
