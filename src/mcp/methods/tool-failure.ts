import { AppError } from '../../core/errors.js';
import { TOOL_ERRORS, ToolError } from '../../tools/tool-error.js';
import { invalidParams } from '../protocol/params.js';

/**
 * What to throw where a handler failed whose result has no `isError`, such as that of resources/read. A failure that
 * the caller is not to blame for is an internal error (2026-07-28, server/resources, "Error Handling"); its message is
 * still for the caller to read.
 */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof ToolError)) return error;
  const detail = error.mend === undefined ? error.message : `${error.message} ${error.mend}`;
  return TOOL_ERRORS[error.code].status < 500
    ? invalidParams(detail)
    : new AppError('source_failed', { detail, data: { code: error.code } });
}
