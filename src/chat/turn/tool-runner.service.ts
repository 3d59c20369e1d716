import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Authorization } from '../../access/authorization.service.js';
import { Configuration } from '../../config/configuration.js';
import { CallContext, type Progress } from '../../core/call-context.js';
import { Cancellation } from '../../core/cancellation.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { cut } from '../../core/quote.js';
import { AuditTrail } from '../../audit/audit-trail.port.js';
import { ToolCaller, UnknownToolError } from '../../tools/call/tool-caller.service.js';
import type { ToolResult } from '../../tools/tool-definition.js';
import { errorCodeOf } from '../../tools/tool-error.js';
import { ChatMetrics } from '../chat.metrics.js';
import type { ToolCallReport } from '../conversations/conversation.js';
import type { RequestedCall } from '../server/chat-server.port.js';
import { argumentsOf, type CallArguments } from './call-arguments.js';
import { textOf } from './result-text.js';
import { trimTo } from './tokens.js';
import type { ToolOffer } from './tool-offer.js';
import type { TurnEvents } from './turn-events.js';

/** Whose turn it is, and within what. */
export interface TurnScope {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly cancellation: Cancellation;
  readonly offer: ToolOffer;
  readonly events: TurnEvents;
}

type Outcome = Pick<ToolCallReport, 'status' | 'code' | 'result'>;

/** How often a call is tried again while all places for tool calls are taken, and after how long. */
const BUSY_TRIES = 40;
const BUSY_PAUSE_MS = 250;

/** Characters that are shown of a name and of arguments that are none: they are the model's text. */
const MAX_NAME = 128;
const MAX_ARGUMENTS = 1000;

/**
 * Runs what the model asks for, as the principal of the turn and through ToolCaller. Whatever goes wrong becomes a
 * result that the model can read, and mend its next call by.
 */
@Injectable()
export class ToolRunner {
  private readonly maxResultTokens: number;

  constructor(
    @Inject(Configuration) { chat }: Configuration,
    private readonly caller: ToolCaller,
    private readonly authorization: Authorization,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    private readonly metrics: ChatMetrics,
  ) {
    this.maxResultTokens = chat.maxResultTokens;
  }

  /**
   * @param isWithinBudget whether the turn has a call left. @throws the reason of the cancellation, and nothing else.
   */
  async run(
    call: RequestedCall,
    round: number,
    scope: TurnScope,
    isWithinBudget: boolean,
  ): Promise<ToolCallReport> {
    const { id } = call;
    const name = scope.offer.nameOf(call.name) ?? cut(call.name, MAX_NAME);
    const given = argumentsOf(call);
    const shown = { id, name, arguments: given.args ?? cut(call.arguments, MAX_ARGUMENTS) };
    scope.events.toolStart({ round, ...shown });
    const startedAt = performance.now();
    const outcome = isWithinBudget ? await this.outcomeOf(call, given, scope) : OVER_BUDGET;
    if (scope.cancellation.isCancelled) throw scope.cancellation.reason;
    const report: ToolCallReport = {
      ...shown,
      ...outcome,
      result: trimTo(outcome.result, this.maxResultTokens),
      durationMs: Math.round(performance.now() - startedAt),
    };
    this.metrics.toolCalled(report);
    scope.events.toolResult({ round, ...report });
    return report;
  }

  private async outcomeOf(call: RequestedCall, given: CallArguments, scope: TurnScope): Promise<Outcome> {
    const name = scope.offer.nameOf(call.name);
    if (name === undefined) return this.refuse(cut(call.name, MAX_NAME), given.args, scope);
    if (given.args === undefined) return failed('invalid_arguments', given.problem);
    try {
      return outcomeOfResult(await this.call(name, call.id, given.args, scope));
    } catch (error) {
      if (scope.cancellation.isCancelled) throw scope.cancellation.reason;
      if (error instanceof UnknownToolError) return refused(name);
      if (error instanceof AppError) return failed(error.code, `${error.message}. ${error.definition.mend}`);
      throw error;
    }
  }

  /** As often as it takes while the server has no place for it, within bounds: other conversations are at it too. */
  private async call(name: string, id: string, args: Args, scope: TurnScope): Promise<ToolResult> {
    const tool = this.caller.find(name, scope.principal, args);
    for (let tries = 1; ; tries += 1) {
      const { context, end } = contextOf(name, id, scope);
      try {
        return await this.caller.call(tool, args, context);
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'busy') || tries === BUSY_TRIES) throw error;
      } finally {
        end();
      }
      await sleep(BUSY_PAUSE_MS, undefined, { signal: scope.cancellation.signal });
    }
  }

  /** What was not offered is not run, whether or not the principal might call it elsewhere. */
  private refuse(name: string, args: Args | undefined, { principal, correlationId }: TurnScope): Outcome {
    const decision = this.authorization.decide(principal, name);
    this.audit.record({
      action: 'tool.call',
      outcome: 'denied',
      principal,
      target: name,
      rule: decision.isAllowed ? 'chat.tools' : decision.rule,
      correlationId,
      ...(args !== undefined && { arguments: args }),
    });
    return refused(name);
  }
}

type Args = Record<string, unknown>;

/** A context of the call's own, for its deadline cancels it; `end` lets go of the turn. */
function contextOf(
  name: string,
  id: string,
  { principal, correlationId, cancellation, events }: TurnScope,
): { context: CallContext; end: () => void } {
  const own = new Cancellation();
  const end = cancellation.onCancel((reason) => own.cancel(reason));
  let last = -Infinity;
  const reportProgress = (step: Progress): void => {
    if (!(step.progress > last) || own.isCancelled) return;
    last = step.progress;
    events.toolProgress({ id, name, ...step });
  };
  return { context: new CallContext({ principal, correlationId, cancellation: own, reportProgress }), end };
}

function outcomeOfResult(result: ToolResult): Outcome {
  const code = errorCodeOf(result);
  return code === undefined ? { status: 'ok', result: textOf(result) } : failed(code, textOf(result));
}

const failed = (code: string, result: string): Outcome => ({ status: 'error', code, result });

const refused = (name: string): Outcome => ({
  status: 'refused',
  code: 'unknown_tool',
  result: `There is no tool ${name} here. Use one of the tools that you were given, or answer without it.`,
});

const OVER_BUDGET: Outcome = {
  status: 'refused',
  code: 'too_many_calls',
  result: 'Not run: no more tool calls are possible for this question. Answer from what you have.',
};
