import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import type { CallContext } from '../../src/core/call-context.js';
import { Resource } from '../../src/tools/resources/resource.decorator.js';
import type { ToolResult } from '../../src/tools/tool-definition.js';
import { Tool } from '../../src/tools/tool.decorator.js';

const Nothing = z.strictObject({});
const NAME_FORM = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
};
const text = (value: string): ToolResult => ({ content: [{ type: 'text', text: value }] });

export const WATCHED = 'test://watched';
/** Another resource, whose change shows that the one before it has been dealt with. */
export const MARKER = 'test://marker';

/** Tools that need their client, or that outlive their request. */
@Injectable()
export class ReplicaTools {
  /** Calls of `replica_hold` and `replica_task_hold` that are running here. */
  holding = 0;

  @Tool({ name: 'replica_ask', title: 'Ask', description: 'Asks for a name.', input: Nothing })
  async ask(_args: object, { client }: CallContext): Promise<ToolResult> {
    const { name } = await client.ask({
      name: {
        method: 'elicitation/create',
        params: { mode: 'form', message: 'What is your name?', requestedSchema: NAME_FORM },
      },
    });
    return text(`${String(name?.['action'])}: ${JSON.stringify(name?.['content'])}`);
  }

  @Tool({ name: 'replica_hold', title: 'Hold', description: 'Ends when cancelled.', input: Nothing })
  async hold(_args: object, { cancellation }: CallContext): Promise<ToolResult> {
    return this.untilCancelled(cancellation);
  }

  @Tool({ name: 'replica_log', title: 'Log', description: 'Logs to the client.', input: Nothing })
  async log(_args: object, { client }: CallContext): Promise<ToolResult> {
    client.log('info', 'quiet');
    client.log('error', 'loud');
    return text('logged');
  }

  @Tool({
    name: 'replica_task_hold',
    title: 'Hold a task',
    description: 'Ends when cancelled.',
    input: Nothing,
    duration: 'long',
  })
  async holdTask(_args: object, { cancellation }: CallContext): Promise<ToolResult> {
    return this.untilCancelled(cancellation);
  }

  @Tool({
    name: 'replica_task_ask',
    title: 'Ask in a task',
    description: 'Asks for a name.',
    input: Nothing,
    duration: 'long',
  })
  async askInTask(args: object, context: CallContext): Promise<ToolResult> {
    return this.ask(args, context);
  }

  @Resource({ uri: WATCHED, name: 'watched', mimeType: 'text/plain' })
  async watched(): Promise<string> {
    return 'watched';
  }

  @Resource({ uri: MARKER, name: 'marker', mimeType: 'text/plain' })
  async marker(): Promise<string> {
    return 'marker';
  }

  private async untilCancelled(cancellation: CallContext['cancellation']): Promise<ToolResult> {
    this.holding += 1;
    try {
      return await new Promise((_resolve, reject) => {
        cancellation.onCancel(reject);
      });
    } finally {
      this.holding -= 1;
    }
  }
}

@Module({ providers: [ReplicaTools] })
export class ReplicaToolsModule {}
