import type { PinoLogger } from 'nestjs-pino';
import type { CallContext } from '../../core/call-context.js';
import { checkable } from '../schema/exact-check.js';
import type { Problems } from '../schema/problems.js';
import type { ToolDefinition, ToolResult } from '../tool-definition.js';
import type { RegisteredTool } from '../tool.registry.js';
import { brokenOutput, orUncheckedOutput, passUnchecked } from './call-failures.js';

type Args = Record<string, unknown>;

/** Holds results against the output schema of their tool. */
export class OutputCheck {
  private readonly warned = new WeakSet<ToolDefinition>();

  constructor(private readonly logger: PinoLogger) {}

  /** A promise comes only where the check cannot be made at once. */
  check(
    tool: RegisteredTool,
    result: ToolResult,
    args: Args,
    context: CallContext,
  ): Promise<void> | undefined {
    if (tool.checkOutput === undefined || result.isError === true) return undefined;
    const { definition } = tool;
    const isWarned = definition.outputCheck === 'warn';
    const judge = (problems: Problems): void => {
      if (problems.length === 0) return;
      if (isWarned) return this.warn(definition, problems);
      definition.onBrokenOutput?.(args, context);
      throw brokenOutput(definition, problems);
    };
    const found = tool.checkOutput(checkable(result.structuredContent));
    if (found instanceof Promise) {
      const unchecked = isWarned ? passUnchecked : orUncheckedOutput(definition);
      return found.then(judge, unchecked);
    }
    judge(found);
    return undefined;
  }

  /** Once for each definition: an answer of the same kind comes with every call. */
  private warn(definition: ToolDefinition, problems: Problems): void {
    if (this.warned.has(definition)) return;
    this.warned.add(definition);
    const { name: tool, upstream } = definition;
    this.logger.warn({ tool, upstream, problems }, 'An answer breaks the output schema, and is passed on');
  }
}
