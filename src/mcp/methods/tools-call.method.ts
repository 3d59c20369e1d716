import { Injectable } from '@nestjs/common';
import { requestContexts } from '../../observability/request-context.js';
import { type AllowedTool, ToolCaller, UnknownToolError } from '../../tools/call/tool-caller.service.js';
import type { ToolResult } from '../../tools/tool-definition.js';
import { errorCodeOf } from '../../tools/tool-error.js';
import type { RegisteredTool } from '../../tools/tool.registry.js';
import { InputRounds } from './input-rounds.js';
import type { Params } from '../protocol/message.js';
import { BOTH_ERAS, type McpCall, type McpMethod, type MethodResult } from '../dispatch/mcp-method.js';
import { checkParamHeaders } from '../protocol/param-headers.js';
import { readParamHeaders } from '../protocol/request-headers.js';
import { invalidParams, MAX_LENGTH, optionalObject, requiredString } from '../protocol/params.js';
import { declaresTasks, requireTasks, TASKS_EXTENSION } from '../protocol/tasks-extension.js';
import { Tasks } from '../tasks/tasks.service.js';

/** `tools/call`. A failure of the tool is a result with `isError`; only a call that names no tool is an error. */
@Injectable()
export class ToolsCallMethod implements McpMethod {
  readonly name = 'tools/call';
  readonly eras = BOTH_ERAS;

  constructor(
    private readonly caller: ToolCaller,
    private readonly rounds: InputRounds,
    private readonly tasks: Tasks,
  ) {}

  async handle(params: Params, call: McpCall): Promise<MethodResult> {
    const name = requiredString(params, 'name', MAX_LENGTH.name);
    const args = optionalObject(params, 'arguments');
    const tool = this.find(name, args, call);
    const fields = requestContexts.getStore()?.fields;
    if (fields) fields.tool = name;
    checkMirrored(tool, args, call);
    // In the handshake era a client is asked while the call waits: there are no rounds.
    const result =
      call.protocol.era === 'legacy'
        ? await this.run(tool, args, call)
        : await this.rounds.run(this.name, params, call, () => this.run(tool, args, call));
    if (fields) fields.toolError = errorCodeOf(result as ToolResult);
    return result;
  }

  private find(name: string, args: Params, { context }: McpCall): AllowedTool {
    try {
      return this.caller.find(name, context.principal, args);
    } catch (error) {
      if (!(error instanceof UnknownToolError)) throw error;
      throw invalidParams(`Unknown tool: ${name}`);
    }
  }

  private run(tool: AllowedTool, args: Params, call: McpCall): Promise<MethodResult> {
    const { inputs, task } = tool.definition;
    const isPlain = inputs === undefined && task === 'forbidden';
    return isPlain ? this.caller.call(tool, args, call.context) : this.askAndRun(tool, args, call);
  }

  private async askAndRun(tool: AllowedTool, args: Params, call: McpCall): Promise<MethodResult> {
    const { inputs, task } = tool.definition;
    const becomesTask = task !== 'forbidden' && this.mayBecomeTask(tool, call);
    // Before the task begins: SEP-2663 wants the rounds of questions over by then.
    const context =
      inputs === undefined
        ? call.context
        : call.context.with({ inputs: await call.context.client.ask(inputs) });
    if (!becomesTask) return this.caller.call(tool, args, context);
    const admitted = await this.caller.admitTask(tool, args, context);
    if (typeof admitted !== 'function') return admitted;
    return { resultType: 'task', ...(await this.tasks.begin(context, admitted)) };
  }

  /** @throws AppError when the tool runs as a task only and the client cannot follow one. */
  private mayBecomeTask({ definition }: RegisteredTool, { protocol }: McpCall): boolean {
    // Tasks of this form belong to the stateless era; a legacy client gets the result itself.
    if (protocol.era === 'legacy') return false;
    if (definition.task === 'required') {
      requireTasks(
        protocol,
        `${definition.name} runs as a task, and the client has not declared ${TASKS_EXTENSION}`,
      );
    }
    return declaresTasks(protocol) && this.tasks.hasRoom;
  }
}

/** Headers that mirror arguments belong to the stateless era, and to a transport that has headers. */
function checkMirrored({ mirrored }: RegisteredTool, args: Params, { protocol, exchange }: McpCall): void {
  const { requestHeaders } = exchange;
  if (mirrored.length === 0 || protocol.era === 'legacy' || requestHeaders === undefined) return;
  checkParamHeaders(mirrored, args, readParamHeaders(requestHeaders));
}
