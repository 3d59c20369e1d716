import { Injectable } from '@nestjs/common';
import type { Params } from '../protocol/message.js';
import type { McpCall, McpMethod, MethodResult } from '../dispatch/mcp-method.js';
import { MAX_LENGTH, requiredObject, requiredString } from '../protocol/params.js';
import { requireTasks } from '../protocol/tasks-extension.js';
import { Tasks } from '../tasks/tasks.service.js';

const taskIdIn = (params: Params): string => requiredString(params, 'taskId', MAX_LENGTH.taskId);

/** `tasks/get` (SEP-2663): the task as it is now. */
@Injectable()
export class TasksGetMethod implements McpMethod {
  readonly name = 'tasks/get';
  readonly eras = ['modern'] as const;

  constructor(private readonly tasks: Tasks) {}

  async handle(params: Params, call: McpCall): Promise<MethodResult> {
    requireTasks(call.protocol);
    return { ...(await this.tasks.find(taskIdIn(params), call.context.principal)) };
  }
}

/** `tasks/update` (SEP-2663): the client's answers to what the task requires. */
@Injectable()
export class TasksUpdateMethod implements McpMethod {
  readonly name = 'tasks/update';
  readonly eras = ['modern'] as const;

  constructor(private readonly tasks: Tasks) {}

  async handle(params: Params, call: McpCall): Promise<MethodResult> {
    requireTasks(call.protocol);
    const responses = requiredObject(params, 'inputResponses');
    await this.tasks.answer(taskIdIn(params), responses, call.context.principal);
    return {};
  }
}

/** `tasks/cancel` (SEP-2663): asks the task to stop. */
@Injectable()
export class TasksCancelMethod implements McpMethod {
  readonly name = 'tasks/cancel';
  readonly eras = ['modern'] as const;

  constructor(private readonly tasks: Tasks) {}

  async handle(params: Params, call: McpCall): Promise<MethodResult> {
    requireTasks(call.protocol);
    await this.tasks.cancel(taskIdIn(params), call.context.principal);
    return {};
  }
}
