import type { Type } from '@nestjs/common';
import type { CallContext } from '../../src/core/call-context.js';
import { ToolCaller } from '../../src/tools/call/tool-caller.service.js';
import type { ToolDefinition, ToolResult } from '../../src/tools/tool-definition.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { type ApplicationContext, callContext, createContext } from './application-context.js';

export const OK: ToolResult = { content: [{ type: 'text', text: 'ok' }] };
export const never = (): Promise<never> => new Promise(() => undefined);

/** The caller of a whole application, with one tool, `subject`, that the test defines. */
export class ToolCallerHarness {
  private constructor(private readonly context: ApplicationContext) {}

  static async start(env: Record<string, string> = {}): Promise<ToolCallerHarness> {
    return new ToolCallerHarness(await createContext({ env }));
  }

  get<T>(token: Type<T>): T {
    return this.context.get(token);
  }

  get caller(): ToolCaller {
    return this.context.get(ToolCaller);
  }

  logs(): ReturnType<ApplicationContext['logs']> {
    return this.context.logs();
  }

  close(): Promise<void> {
    return this.context.close();
  }

  register(handler: ToolDefinition['handler'], members: Partial<ToolDefinition> = {}): void {
    this.context.get(ToolRegistry).register({
      name: 'subject',
      description: 'Under test.',
      inputSchema: { type: 'object', properties: { count: { type: 'integer', default: 3 } } },
      duration: 'quick',
      task: 'forbidden',
      handler,
      ...members,
    });
  }

  call(args: Record<string, unknown> = {}, context: CallContext = callContext()): Promise<ToolResult> {
    return this.caller.call(this.caller.find('subject', context.principal, args), args, context);
  }

  /** The code of the failure with which a call ends; `undefined` when it succeeds. */
  async codeOf(call: Promise<ToolResult>): Promise<unknown> {
    const { structuredContent } = await call;
    return (structuredContent as { error?: { code: string } } | undefined)?.error?.code;
  }
}
