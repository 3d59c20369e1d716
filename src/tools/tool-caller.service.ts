import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Authorization } from '../access/authorization.service.js';
import { Configuration } from '../config/configuration.js';
import type { CallContext } from '../core/call-context.js';
import { AppError } from '../core/errors.js';
import { ConcurrencyLimit } from './concurrency.js';
import { errorResult } from './error-form.js';
import { boundOutput } from './output-bound.js';
import type { ToolResult } from './tool-definition.js';
import { ToolError } from './tool-error.js';
import { ToolMetrics } from './tool.metrics.js';
import { ToolRegistry, type RegisteredTool } from './tool.registry.js';

/** Thrown for a name that does not exist, or that the principal may not know of: the two look the same. */
export class UnknownToolError extends Error {
  override readonly name = 'UnknownToolError';

  constructor(readonly toolName: string) {
    super(`Unknown tool: ${toolName}`);
  }
}

/**
 * The only way to run a tool, for MCP, REST and chat alike:
 * authorise, check the arguments, take a place, run under a deadline, bound the output, measure.
 */
@Injectable()
export class ToolCaller {
  private readonly places: ConcurrencyLimit;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly registry: ToolRegistry,
    private readonly authorization: Authorization,
    private readonly metrics: ToolMetrics,
    @InjectPinoLogger(ToolCaller.name) private readonly logger: PinoLogger,
  ) {
    this.places = new ConcurrencyLimit(config.tools.maxConcurrency);
  }

  get inFlight(): number {
    return this.places.inFlight;
  }

  /** The tools that the principal may call, ordered by name. */
  visibleTo(principal: CallContext['principal']): readonly RegisteredTool[] {
    return this.registry
      .all()
      .filter(({ definition }) => this.authorization.mayCallTool(principal, definition.name));
  }

  /**
   * Runs a tool. A failure of the tool, a time-out or arguments that do not fit are a result with `isError`.
   *
   * @throws UnknownToolError for a tool that the principal cannot see.
   * @throws AppError `busy` when TOOL_MAX_CONCURRENCY calls are running.
   */
  async call(name: string, args: Record<string, unknown>, context: CallContext): Promise<ToolResult> {
    const tool = this.registry.get(name);
    if (tool === undefined || !this.authorization.mayCallTool(context.principal, name)) {
      throw new UnknownToolError(name);
    }
    const problems = tool.checkInput(args);
    if (problems.length > 0) {
      this.metrics.refused(name, 'invalid_arguments');
      const mend = 'Correct the arguments to fit the inputSchema of the tool and call again.';
      return errorResult(
        new ToolError(
          'invalid_arguments',
          `Invalid arguments for tool ${name}: ${problems.join('; ')}.`,
          mend,
        ),
      );
    }
    if (!this.places.tryEnter()) {
      this.metrics.refused(name, 'busy');
      throw new AppError('busy', {
        detail: `${this.config.tools.maxConcurrency} tool calls are running already`,
        data: { retryAfterMs: 1000 },
        headers: { 'Retry-After': '1' },
      });
    }
    const startedAt = performance.now();
    let outcome = 'ok';
    this.metrics.started(this.places.inFlight);
    try {
      const result = await this.run(tool, args, context);
      if (result.isError === true) outcome = errorCodeOf(result);
      return result;
    } catch (error) {
      outcome = 'internal_error';
      throw error;
    } finally {
      this.places.leave();
      this.metrics.finished(name, outcome, (performance.now() - startedAt) / 1000, this.places.inFlight);
    }
  }

  private async run(
    tool: RegisteredTool,
    args: Record<string, unknown>,
    context: CallContext,
  ): Promise<ToolResult> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.config.tools.timeoutMs);
    const signal = AbortSignal.any([context.signal, deadline.signal]);
    try {
      const result = await tool.definition.handler(args, { ...context, signal });
      this.checkOutput(tool, result);
      return boundOutput(result, this.config.tools.maxOutputBytes);
    } catch (error) {
      return errorResult(this.explain(error, tool, context, deadline.signal));
    } finally {
      clearTimeout(timer);
    }
  }

  private checkOutput(tool: RegisteredTool, result: ToolResult): void {
    if (tool.checkOutput === undefined || result.isError === true) return;
    const problems = tool.checkOutput(result.structuredContent);
    if (problems.length === 0) return;
    throw new Error(`Tool ${tool.definition.name} broke its output schema: ${problems.join('; ')}`);
  }

  private explain(
    error: unknown,
    tool: RegisteredTool,
    context: CallContext,
    deadline: AbortSignal,
  ): ToolError {
    const { name } = tool.definition;
    if (context.signal.aborted) return new ToolError('cancelled', `The call of ${name} was cancelled.`);
    if (deadline.aborted) {
      const seconds = this.config.tools.timeoutMs / 1000;
      const mend = 'Ask for less work in one call, or raise TOOL_TIMEOUT_MS.';
      return new ToolError('timeout', `${name} did not finish within ${seconds} s.`, mend);
    }
    if (error instanceof ToolError) return error;
    this.logger.error({ err: error, tool: name }, 'Tool failed unexpectedly');
    return new ToolError(
      'internal_error',
      `${name} failed unexpectedly.`,
      `The log of the server has the reason under correlation id ${context.correlationId}.`,
    );
  }
}

function errorCodeOf(result: ToolResult): string {
  const { error } = (result.structuredContent ?? {}) as { error?: { code?: unknown } };
  return typeof error?.code === 'string' ? error.code : 'tool_error';
}
