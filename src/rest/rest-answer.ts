import { cut } from '../core/quote.js';
import { isObject } from '../core/is-object.js';
import type { ToolResult } from '../tools/tool-definition.js';
import { errorCodeOf, isToolErrorCode, TOOL_ERRORS } from '../tools/tool-error.js';

/** The answer to a call: what goes out, and the code with which the tool failed. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly code: string | undefined;
}

/** Characters of a detail that is the text of somebody else's failure. */
const MAX_DETAIL = 2000;

/**
 * What a tool has answered, as JSON: its structured content where it has some, otherwise the result of MCP as it is,
 * `{content}`. A failure is an RFC 9457 problem document with the status of its code.
 */
export function answerOf(result: ToolResult, correlationId: string): RestAnswer {
  const code = errorCodeOf(result);
  if (code !== undefined) return problemOf(result, code, correlationId);
  const body = JSON.stringify(result.structuredContent ?? result);
  return { status: 200, headers: ['Content-Type', 'application/json'], body, code };
}

function problemOf(result: ToolResult, code: string, correlationId: string): RestAnswer {
  // A failure in the words of an upstream is one of its tool.
  const { status, meaning } = TOOL_ERRORS[isToolErrorCode(code) ? code : 'tool_failed'];
  const { message, ...data } = membersOf(result);
  const problem = {
    ...data,
    type: `urn:mcpo:error:${code}`,
    title: meaning,
    status,
    detail: message,
    code,
    correlationId,
  };
  const headers = ['Content-Type', 'application/problem+json'];
  const { retryAfterMs } = data;
  if (typeof retryAfterMs === 'number')
    headers.push('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  return { status, headers, body: JSON.stringify(problem), code };
}

/** Our own failures have their members as data; of a failure in the words of an upstream nothing is left out. */
function membersOf({ content, structuredContent }: ToolResult): {
  message: string;
  [member: string]: unknown;
} {
  const { error } = (structuredContent ?? {}) as { error?: unknown };
  const { code, message: said } = isObject(error) ? error : {};
  if (typeof said === 'string' && isToolErrorCode(code)) return error as { message: string };
  const text = content.find((block) => block.type === 'text')?.text;
  const words = typeof said === 'string' ? said : (text ?? 'The tool says no more about it');
  const message = cut(words, MAX_DETAIL);
  return { message, content, ...(structuredContent !== undefined && { structuredContent }) };
}
