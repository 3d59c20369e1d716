import { Injectable } from '@nestjs/common';
import { AppError } from '../../core/errors.js';
import { requestContexts } from '../../observability/request-context.js';
import { ToolCaller, UnknownToolError } from '../../tools/tool-caller.service.js';
import { isObject, type Params } from '../message.js';
import { BOTH_ERAS, type McpCall, type McpMethod, type MethodResult } from '../mcp-method.js';

/** `tools/call`. A failure of the tool is a result with `isError`; only a call that names no tool is an error. */
@Injectable()
export class ToolsCallMethod implements McpMethod {
  readonly name = 'tools/call';
  readonly eras = BOTH_ERAS;

  constructor(private readonly caller: ToolCaller) {}

  async handle(params: Params, { context }: McpCall): Promise<MethodResult> {
    const { name, arguments: args = {} } = params;
    if (typeof name !== 'string') {
      throw new AppError('invalid_params', { detail: 'params.name is missing or not a string' });
    }
    if (!isObject(args))
      throw new AppError('invalid_params', { detail: 'params.arguments is not an object' });
    try {
      const result = await this.caller.call(name, args, context);
      const fields = requestContexts.getStore()?.fields;
      if (fields) {
        fields.tool = name;
        if (result.isError === true) fields['toolError'] = true;
      }
      return result;
    } catch (error) {
      if (!(error instanceof UnknownToolError)) throw error;
      throw new AppError('invalid_params', { detail: `Unknown tool: ${name.slice(0, 128)}`, cause: error });
    }
  }
}
