import { cut } from '../core/quote.js';
import { isObject } from '../core/is-object.js';
import type { ToolResult } from '../tools/tool-definition.js';
import { errorCodeOf, TOOL_ERRORS, type ToolErrorCode } from '../tools/tool-error.js';

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
  const { status, meaning } = definitionOf(code);
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

/** A code that is not ours is that of an upstream, whose tool has failed. */
const definitionOf = (code: string): { readonly status: number; readonly meaning: string } =>
  TOOL_ERRORS[Object.hasOwn(TOOL_ERRORS, code) ? (code as ToolErrorCode) : 'tool_failed'];

/** Our own failures have their members as data; of a failure in the words of an upstream nothing is left out. */
function membersOf({ content, structuredContent }: ToolResult): {
  message: string;
  [member: string]: unknown;
} {
  const { error } = (structuredContent ?? {}) as { error?: unknown };
  if (isObject(error) && typeof error['message'] === 'string') return error as { message: string };
  const text = content.find(({ type }) => type === 'text');
  const message = text?.type === 'text' ? cut(text.text, MAX_DETAIL) : 'The tool says no more about it';
  return { message, content, ...(structuredContent !== undefined && { structuredContent }) };
}
