import { cut } from '../core/quote.js';
import type { ToolResult } from './tool-definition.js';

/**
 * The ways in which a call can fail after it has been understood. They reach an MCP client as a result with `isError`
 * and `structuredContent.error.code`; `status` is what the same failure means in HTTP (RFC 9110).
 */
export const TOOL_ERRORS = {
  invalid_arguments: { status: 400, meaning: 'The arguments do not fit the input schema of the tool.' },
  policy_denied: {
    status: 403,
    meaning: 'The probe policy forbids to contact the target; `rule` names the rule.',
  },
  host_not_found: { status: 404, meaning: 'The name of the target cannot be resolved to an address.' },
  missing_binary: {
    status: 501,
    meaning: 'A program that the tool needs is not installed where the server runs.',
  },
  permission_denied: { status: 501, meaning: 'The server lacks a privilege that the tool needs.' },
  not_supported: { status: 501, meaning: 'The platform under the server cannot answer this.' },
  timeout: { status: 504, meaning: 'The tool did not finish before its deadline.' },
  cancelled: { status: 499, meaning: 'The caller cancelled the call.' },
  output_too_large: { status: 507, meaning: 'The answer is larger than TOOL_MAX_OUTPUT_BYTES.' },
  tool_failed: { status: 502, meaning: 'The tool failed; the message says how.' },
  upstream_unavailable: { status: 502, meaning: 'The upstream of the tool cannot be reached.' },
  upstream_failed: { status: 502, meaning: 'The upstream of the tool answered with a failure of its own.' },
  upstream_refused: { status: 502, meaning: 'The upstream of the tool refused the call.' },
  upstream_busy: { status: 503, meaning: 'Too many calls wait for the upstream of the tool.' },
  circuit_open: {
    status: 503,
    meaning: 'The upstream of the tool has failed too often, and is left alone for a while.',
  },
  internal_error: {
    status: 500,
    meaning: 'The tool broke; the log has the reason under the correlation id.',
  },
} as const;

export type ToolErrorCode = keyof typeof TOOL_ERRORS;

/** Characters of a message, whatever others have said that is in it. */
const MAX_MESSAGE = 4000;

/**
 * A failure of a tool that the caller should read. `message` says what was wrong, `mend` what to do about it.
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  constructor(
    readonly code: ToolErrorCode,
    message: string,
    readonly mend?: string,
    /** Further machine-readable members of `structuredContent.error`. */
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(cut(message, MAX_MESSAGE));
  }
}

/** Whether a code is one of ours, and no word of an upstream. */
export const isToolErrorCode = (code: unknown): code is ToolErrorCode =>
  typeof code === 'string' && Object.hasOwn(TOOL_ERRORS, code);

/**
 * The code with which a result failed; `undefined` when it did not. It goes into metrics, the log and the audit trail:
 * what an upstream has a word of its own for is `tool_error`.
 */
export function errorCodeOf({
  isError,
  structuredContent,
}: ToolResult): ToolErrorCode | 'tool_error' | undefined {
  if (isError !== true) return undefined;
  const { error } = (structuredContent ?? {}) as { error?: { code?: unknown } | null };
  return isToolErrorCode(error?.code) ? error.code : 'tool_error';
}
