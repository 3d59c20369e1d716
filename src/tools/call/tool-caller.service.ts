import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Authorization } from '../../access/authorization.service.js';
import { RateLimiter } from '../../access/limits/rate-limiter.service.js';
import { OAuthRefusals } from '../../access/oauth/oauth.refusals.js';
import { Configuration } from '../../config/configuration.js';
import type { CallContext } from '../../core/call-context.js';
import { DeadlinePassed, orCancelled } from '../../core/cancellation.js';
import { AppError } from '../../core/errors.js';
import { CallAudit, type NotedCall } from '../../audit/record/call-audit.service.js';
import { InputRequired } from '../../core/input-required.js';
import type { Principal } from '../../core/principal.js';
import { ConcurrencyLimit } from './concurrency.js';
import { Deadlines } from './deadlines.js';
import { errorResult } from '../schema/error-form.js';
import { boundOutput } from './output-bound.js';
import type { ToolResult } from '../tool-definition.js';
import { ToolError } from '../tool-error.js';
import { ToolMetrics } from './tool.metrics.js';
import { type RegisteredTool, ToolRegistry } from '../tool.registry.js';

/** Thrown for a name that does not exist, or that the principal may not know of: the two look the same. */
export class UnknownToolError extends Error {
  override readonly name = 'UnknownToolError';

  constructor(readonly toolName: string) {
    super(`Unknown tool: ${toolName}`);
  }
}

/** Whether somebody waits for the answer on an open request, or follows a task at leisure. */
export type Pace = 'request' | 'task';

/**
 * The only way to run a tool, for MCP, REST and chat alike:
 * authorize, count against the limit of the tool, check the arguments, take a place, run under a deadline, bound the output, measure.
 */
@Injectable()
export class ToolCaller {
  private readonly places: ConcurrencyLimit;
  private readonly deadlines = new Deadlines();

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly registry: ToolRegistry,
    private readonly authorization: Authorization,
    private readonly limiter: RateLimiter,
    private readonly refusals: OAuthRefusals,
    private readonly metrics: ToolMetrics,
    private readonly audit: CallAudit,
    @InjectPinoLogger(ToolCaller.name) private readonly logger: PinoLogger,
  ) {
    this.places = new ConcurrencyLimit(config.tools.maxConcurrency);
  }

  get inFlight(): number {
    return this.places.inFlight;
  }

  /** The tools that the principal may call, ordered by name. */
  visibleTo(principal: Principal): readonly RegisteredTool[] {
    return this.registry
      .all()
      .filter(({ definition }) => this.authorization.mayCallTool(principal, definition.name));
  }

  /**
   * @throws UnknownToolError for a tool that does not exist or that the principal cannot see.
   * @throws AppError `insufficient_scope` when a token lacks nothing but a scope.
   */
  find(name: string, principal: Principal, args?: Record<string, unknown>): RegisteredTool {
    const tool = this.registry.get(name);
    if (tool === undefined) throw new UnknownToolError(name);
    const decision = this.authorization.authorize(principal, name, args);
    if (decision.isAllowed) return tool;
    if (decision.reason === 'unknown') throw new UnknownToolError(name);
    throw this.refusals.lacks(decision.scope, `Tool ${name}`);
  }

  /** The time that a call of the tool may take, in milliseconds. */
  deadlineOf({ definition }: RegisteredTool, pace: Pace = 'request'): number {
    if (pace === 'task') return this.config.mcp.taskTtlMs;
    return definition.timeoutMs ?? this.config.tools.timeoutMs;
  }

  /**
   * Counts a task against the limit of its tool before it begins, so that the refusal answers the request; `call` counts
   * everything else.
   *
   * @param args as they came, for the audit trail.
   * @throws AppError `rate_limited`, `storage_unavailable`
   */
  async admitTask(
    { definition: { name } }: RegisteredTool,
    args: Record<string, unknown>,
    context: CallContext,
  ): Promise<void> {
    await this.limiter
      .consumeTool(name, context.principal)
      ?.catch((error: unknown) =>
        this.turnAway(
          name,
          error,
          this.audit.isOn ? this.audit.begin(name, args, context, 'request') : undefined,
        ),
      );
  }

  /**
   * Runs a tool. The context belongs to this call alone: the deadline cancels it. A failure of the tool, a time-out or arguments that do not fit are a result with `isError`.
   *
   * @throws UnknownToolError for a tool that the principal cannot see.
   * @throws AppError `rate_limited` when the principal has used up its calls of the tool, `busy` when TOOL_MAX_CONCURRENCY calls are running, and refusals of the protocol.
   * @throws InputRequired when the client has to be asked first.
   */
  async call(
    name: string,
    args: Record<string, unknown>,
    context: CallContext,
    pace: Pace = 'request',
  ): Promise<ToolResult> {
    const tool = this.find(name, context.principal, args);
    // Before the check, which fills in defaults: the trail has the arguments as they came.
    const note = this.audit.isOn ? this.audit.begin(name, args, context, pace) : undefined;
    const admission = pace === 'request' ? this.limiter.consumeTool(name, context.principal) : undefined;
    if (admission !== undefined) await admission.catch((error: unknown) => this.turnAway(name, error, note));
    const problems = tool.checkInput(args);
    if (problems.length > 0) {
      this.metrics.refused(name, 'invalid_arguments');
      note?.end('invalid_arguments');
      return errorResult(invalidArguments(name, problems));
    }
    if (!this.places.tryEnter()) {
      this.metrics.refused(name, 'busy');
      note?.end('busy');
      throw this.busy();
    }
    return this.run(tool, args, context, this.deadlineOf(tool, pace), note);
  }

  private turnAway(name: string, error: unknown, note: NotedCall | undefined): never {
    const outcome = error instanceof AppError ? error.code : 'internal_error';
    this.metrics.refused(name, outcome);
    note?.end(outcome);
    throw error;
  }

  /** The part of a call that holds a place: under its deadline, measured, and always giving the place back. */
  private async run(
    tool: RegisteredTool,
    args: Record<string, unknown>,
    context: CallContext,
    deadlineMs: number,
    note: NotedCall | undefined,
  ): Promise<ToolResult> {
    const startedAt = performance.now();
    const { cancellation } = context;
    let outcome = 'refused';
    this.metrics.started(this.places.inFlight);
    const deadline = this.deadlines.begin(deadlineMs, cancellation);
    try {
      // A handler that does not heed its signal must not keep the caller waiting.
      const result = await orCancelled(tool.definition.handler(args, context), cancellation);
      this.checkOutput(tool, result, args, context);
      const bounded = boundOutput(result, this.config.tools.maxOutputBytes);
      outcome = bounded.isError === true ? errorCodeOf(bounded) : 'ok';
      return bounded;
    } catch (error) {
      // The protocol's own refusals, and the wish to ask the client, are not failures of the tool.
      if (error instanceof InputRequired) outcome = 'input_required';
      if (error instanceof AppError || error instanceof InputRequired) throw error;
      const failure =
        cancellation.reason instanceof DeadlinePassed
          ? deadlinePassed(tool, deadlineMs)
          : this.explain(error, tool, context);
      outcome = failure.code;
      return errorResult(failure);
    } finally {
      deadline.end();
      this.places.leave();
      note?.end(outcome);
      this.metrics.finished(
        tool.definition.name,
        outcome,
        (performance.now() - startedAt) / 1000,
        this.places.inFlight,
      );
    }
  }

  private checkOutput(
    tool: RegisteredTool,
    result: ToolResult,
    args: Record<string, unknown>,
    context: CallContext,
  ): void {
    if (tool.checkOutput === undefined || result.isError === true) return;
    const problems = tool.checkOutput(result.structuredContent);
    if (problems.length === 0) return;
    const { name, upstream, onBrokenOutput } = tool.definition;
    onBrokenOutput?.(args, context);
    const what = `broke its output schema: ${problems.join('; ')}`;
    if (upstream === undefined) throw new Error(`Tool ${name} ${what}`);
    throw new ToolError('upstream_failed', `The upstream ${upstream} ${what}.`, undefined, { upstream });
  }

  private explain(error: unknown, tool: RegisteredTool, context: CallContext): ToolError {
    const { name } = tool.definition;
    if (context.cancellation.isCancelled)
      return new ToolError('cancelled', `The call of ${name} was cancelled.`);
    if (error instanceof ToolError) return error;
    this.logger.error({ err: error, tool: name }, 'Tool failed unexpectedly');
    return new ToolError(
      'internal_error',
      `${name} failed unexpectedly.`,
      `The log of the server has the reason under correlation id ${context.correlationId}.`,
    );
  }

  private busy(): AppError {
    return new AppError('busy', {
      detail: `${this.config.tools.maxConcurrency} tool calls are running already`,
      data: { retryAfterMs: 1000 },
      headers: { 'Retry-After': '1' },
    });
  }
}

function deadlinePassed({ definition }: RegisteredTool, deadlineMs: number): ToolError {
  const { name, upstream } = definition;
  if (upstream !== undefined) {
    return new ToolError('timeout', `The upstream ${upstream} did not answer in time.`, undefined, {
      upstream,
    });
  }
  const mend = 'Ask for less work in one call, or raise TOOL_TIMEOUT_MS.';
  return new ToolError('timeout', `${name} did not finish within ${deadlineMs / 1000} s.`, mend);
}

function invalidArguments(name: string, problems: readonly string[]): ToolError {
  const mend = 'Correct the arguments to fit the inputSchema of the tool and call again.';
  return new ToolError(
    'invalid_arguments',
    `Invalid arguments for tool ${name}: ${problems.join('; ')}.`,
    mend,
  );
}

function errorCodeOf(result: ToolResult): string {
  const { error } = (result.structuredContent ?? {}) as { error?: { code?: unknown } };
  return typeof error?.code === 'string' ? error.code : 'tool_error';
}
