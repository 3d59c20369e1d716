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
import { Places } from '../../core/bounds/places.js';
import { InputRequired } from '../../core/input-required.js';
import type { Principal } from '../../core/principal.js';
import { turnForHeavyWork } from '../../core/turn.js';
import { checkArguments } from './argument-check.js';
import { busyPlaces, deadlinePassed } from './call-failures.js';
import { Deadlines } from './deadlines.js';
import { errorResult } from '../schema/error-form.js';
import { PATIENCE, ToolLines } from './tool-lines.js';
import { boundOutput, isHeavy } from './output-bound.js';
import { OutputCheck } from './output-check.js';
import type { ToolResult } from '../tool-definition.js';
import { errorCodeOf, ToolError } from '../tool-error.js';
import { ToolMetrics } from './tool.metrics.js';
import { Turn } from './turn.js';
import { VisibleTools } from './visible-tools.js';
import { type RegisteredTool, ToolRegistry } from '../tool.registry.js';

/** Thrown for a name that does not exist, or that the principal may not know of: the two look the same. */
export class UnknownToolError extends Error {
  override readonly name = 'UnknownToolError';

  constructor(readonly toolName: string) {
    super(`Unknown tool: ${toolName}`);
  }
}

declare const ALLOWED: unique symbol;

/** A tool that `find` has answered: its caller may call it. No other can be called. */
export type AllowedTool = RegisteredTool & { readonly [ALLOWED]: true };

/** Runs a call as a task, with the context of the task. */
export type TaskRun = (context: CallContext) => Promise<ToolResult>;

type Args = Record<string, unknown>;

/**
 * The only way to run a tool, for MCP, REST and chat alike: authorize, count against the limit of the tool, check the
 * arguments, take a place, run under a deadline, bound the output, measure.
 */
@Injectable()
export class ToolCaller {
  private readonly places: Places;
  private readonly lines: ToolLines;
  private readonly deadlines = new Deadlines();
  private readonly output: OutputCheck;
  private readonly visible: VisibleTools;

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
    this.lines = new ToolLines(config.tools.concurrency, config.sharePercent);
    this.output = new OutputCheck(logger);
    this.visible = new VisibleTools(registry, authorization);
    this.places = new Places(config.tools.maxConcurrency, config.sharePercent);
  }

  get inFlight(): number {
    return this.places.inUse;
  }

  /** The tools that the principal may call, ordered by name. */
  visibleTo(principal: Principal): readonly RegisteredTool[] {
    return this.visible.to(principal);
  }

  /**
   * The tool of that name, for a principal who may call it.
   *
   * @param args as they came, for the audit trail.
   * @throws UnknownToolError for a tool that does not exist or that the principal cannot see.
   * @throws AppError `insufficient_scope` when a token lacks nothing but a scope.
   */
  find(name: string, principal: Principal, args?: Args): AllowedTool {
    const tool = this.registry.get(name);
    if (tool === undefined) throw new UnknownToolError(name);
    const decision = this.authorization.authorize(principal, name, args);
    if (decision.isAllowed) return tool as AllowedTool;
    if (decision.reason === 'unknown') throw new UnknownToolError(name);
    throw this.refusals.lacks(decision.scope, `Tool ${name}`);
  }

  /** The time that a call of the tool may take when somebody waits for it, in milliseconds. */
  deadlineOf({ definition }: RegisteredTool): number {
    return definition.timeoutMs ?? this.config.tools.timeoutMs;
  }

  /**
   * Runs a tool. The context belongs to this call alone: the deadline cancels it. A failure of the tool, a time-out or
   * arguments that do not fit are a result with `isError`. The arguments stay as they came.
   *
   * @throws AppError `rate_limited` when the principal has used up its calls of the tool, `busy` when
   * TOOL_MAX_CONCURRENCY calls are running, `insufficient_scope` when a token lacks a scope for these arguments, and
   * refusals of the protocol.
   * @throws InputRequired when the client has to be asked first.
   */
  async call(tool: AllowedTool, args: Args, context: CallContext): Promise<ToolResult> {
    const note = this.note(tool, args, context, 'request');
    let checked: Args;
    try {
      const counted = this.limiter.consumeTool(tool.definition.name, context.principal);
      if (counted !== undefined) await counted;
      const fit = checkArguments(tool, args);
      checked = fit instanceof Promise ? await fit : fit;
      this.letStepUp(tool, checked, context.principal);
    } catch (error) {
      return this.turnAway(tool, error, note);
    }
    return await this.run(tool, checked, context, this.deadlineOf(tool), note);
  }

  /**
   * What is to be asked before a call becomes a task, so that a refusal answers the request: its limit and its
   * arguments. Answers how to run it, or the result with which it is refused.
   *
   * @throws AppError `rate_limited`, `storage_unavailable`, `insufficient_scope`
   */
  async admitTask(tool: AllowedTool, args: Args, context: CallContext): Promise<TaskRun | ToolResult> {
    try {
      await this.limiter.consumeTool(tool.definition.name, context.principal);
      const checked = await checkArguments(tool, args);
      this.letStepUp(tool, checked, context.principal);
      // A task outlives its request, and has a record of its own.
      return (own) =>
        this.run(tool, checked, own, this.config.mcp.taskTtlMs, this.note(tool, args, own, 'task'));
    } catch (error) {
      return this.turnAway(tool, error, this.note(tool, args, context, 'request'));
    }
  }

  /** Whether one more call of the tool by this principal would find neither a place nor room to wait for it. */
  isLineFull({ definition }: RegisteredTool, principal: Principal): boolean {
    return this.lines.of(definition)?.isFullFor(principal) === true;
  }

  /** How many calls may begin now for this principal. */
  placesFor(principal: Principal): number {
    return this.places.leftFor(principal);
  }

  /** Tells the holder of a token which scope its arguments need. A key is told by the tool: it cannot ask for more. */
  private letStepUp({ definition: { name, scopeFor } }: AllowedTool, args: Args, principal: Principal): void {
    if (scopeFor === undefined || principal.kind !== 'oauth') return;
    const scope = scopeFor(args);
    if (scope !== undefined && !this.authorization.holds(principal, scope))
      throw this.refusals.lacks(scope, `This call of ${name}`);
  }

  private note(
    { definition: { name } }: AllowedTool,
    args: Args,
    context: CallContext,
    pace: 'request' | 'task',
  ): NotedCall | undefined {
    return this.audit.isOn ? this.audit.begin(name, args, context, pace) : undefined;
  }

  private turnAway(
    { definition: { name } }: AllowedTool,
    error: unknown,
    note: NotedCall | undefined,
  ): ToolResult {
    const isKnown = error instanceof AppError || error instanceof ToolError;
    const outcome = isKnown ? error.code : 'internal_error';
    this.metrics.refused(name, outcome);
    note?.end(outcome);
    if (error instanceof ToolError) return errorResult(error);
    throw error;
  }

  /** The part of a call that holds a place: under its deadline, measured, and always giving the place back. */
  private async run(
    tool: AllowedTool,
    args: Args,
    context: CallContext,
    deadlineMs: number,
    note: NotedCall | undefined,
  ): Promise<ToolResult> {
    const noPlace = this.places.enter(context.principal);
    if (noPlace !== undefined) return this.turnAway(tool, busyPlaces(this.places, noPlace), note);
    const startedAt = performance.now();
    const { cancellation } = context;
    let outcome = 'refused';
    this.metrics.started(this.places.inUse);
    const deadline = this.deadlines.begin(deadlineMs, cancellation);
    const line = this.lines.of(tool.definition);
    const turn = line && new Turn(line, tool.definition.name, context, deadlineMs * PATIENCE);
    try {
      if (turn !== undefined) await turn.take();
      const own = turn === undefined ? context : context.with({ aside: turn.aside });
      // A handler that does not heed its signal must not keep the caller waiting.
      const result = await orCancelled(tool.definition.handler(args, own), cancellation);
      // Reading it has taken its time in this turn already.
      const heavy = isHeavy(result);
      if (heavy) await orCancelled(turnForHeavyWork(), cancellation);
      const checking = this.output.check(tool, result, args, context);
      if (checking !== undefined) await orCancelled(checking, cancellation);
      const bounding = boundOutput(result, this.config.tools.maxOutputBytes, heavy);
      const bounded = bounding instanceof Promise ? await orCancelled(bounding, cancellation) : bounding;
      outcome = errorCodeOf(bounded) ?? 'ok';
      return bounded;
    } catch (error) {
      // The protocol's own refusals, and the wish to ask the client, are not failures of the tool.
      if (error instanceof InputRequired) outcome = 'input_required';
      if (error instanceof AppError && error.code === 'busy') outcome = 'busy';
      if (error instanceof AppError || error instanceof InputRequired) throw error;
      const failure =
        cancellation.reason instanceof DeadlinePassed
          ? deadlinePassed(tool, deadlineMs)
          : this.explain(error, tool, context);
      outcome = failure.code;
      return errorResult(failure);
    } finally {
      deadline.end();
      turn?.end();
      this.places.leave(context.principal);
      note?.end(outcome);
      this.metrics.finished(
        tool.definition.name,
        outcome,
        (performance.now() - startedAt) / 1000,
        this.places.inUse,
      );
    }
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
}
