import { Injectable } from '@nestjs/common';
import type { CallContext } from '../core/call-context.js';
import { ToolCaller } from '../tools/call/tool-caller.service.js';
import type { ToolResult } from '../tools/tool-definition.js';
import { isToolErrorCode, ToolError } from '../tools/tool-error.js';

/** The answers of tools as data, for what is made of them. Every guard of a client's own call holds here as well. */
@Injectable()
export class ToolAnswers {
  constructor(private readonly caller: ToolCaller) {}

  /**
   * @throws ToolError when the tool fails, UnknownToolError when the principal may not call it.
   * @throws AppError `busy` when too many calls are running.
   */
  async ask<T>(tool: string, args: Record<string, unknown>, context: CallContext): Promise<T> {
    const found = this.caller.find(tool, context.principal, args);
    const result = await this.caller.call(found, args, context);
    if (result.isError === true) throw failureIn(result);
    return result.structuredContent as T;
  }
}

function failureIn({ structuredContent }: ToolResult): ToolError {
  const { error } = (structuredContent ?? {}) as { error?: { code: string; message: string } };
  const code = isToolErrorCode(error?.code) ? error.code : 'tool_failed';
  return new ToolError(code, error?.message ?? 'The tool failed and did not say how.');
}
