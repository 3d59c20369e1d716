import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import type { Cancellation } from '../core/cancellation.js';
import { AppError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { type ChatNotice, noticesOf } from './chat-notice.js';
import { ChatMetrics } from './chat.metrics.js';
import type { ChatRequest } from './chat.request.js';
import type { ToolCallReport, Usage } from './conversations/conversation.js';
import { type BegunTurn, Conversations } from './conversations/conversations.service.js';
import { historyOf } from './prompt/prompt.js';
import { SystemPrompt } from './prompt/system-prompt.service.js';
import { traceHeaders } from '../core/trace-context.js';
import { Fence } from './turn/fence.js';
import { ToolOffers } from './turn/tool-offers.service.js';
import type { TurnEvents } from './turn/turn-events.js';
import { TurnLoop, type TurnProgress } from './turn/turn-loop.service.js';
import type { RegisteredTool } from '../tools/tool.registry.js';
import { TurnsInFlight } from './turns-in-flight.service.js';

/** The answer to `POST /chat`. */
export interface ChatAnswer {
  readonly success: true;
  readonly response: string;
  readonly conversationId: string;
  readonly toolCalls: readonly ToolCallReport[];
  /** `null` where the chat server does not count tokens. */
  readonly usage: Usage | null;
  readonly model: string;
  /** Absent where there is nothing to be said of the answer. */
  readonly notices?: readonly ChatNotice[];
}

/** Who asks, and how to reach them while the answer is made. */
export interface ChatCaller {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  readonly cancellation: Cancellation;
  readonly events: TurnEvents;
  /** Told the conversation as soon as the question is kept. */
  readonly onConversation: (id: string) => void;
}

/** The reason with which a client that goes away cancels its turn. */
export const CLIENT_GONE = new Error('The client has gone away');

/** One question and its answer, within its conversation. */
@Injectable()
export class ChatService {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly conversations: Conversations,
    private readonly offers: ToolOffers,
    private readonly prompt: SystemPrompt,
    private readonly loop: TurnLoop,
    private readonly inFlight: TurnsInFlight,
    private readonly metrics: ChatMetrics,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  /** @throws AppError; {@link CLIENT_GONE}. */
  async ask(request: ChatRequest, caller: ChatCaller): Promise<ChatAnswer> {
    const usable = this.offers.usableFor(caller.principal, request.tools ?? undefined);
    return this.inFlight.run(caller.principal, caller.cancellation, async () => {
      const turn = await this.conversations.ask(
        caller.principal,
        request.conversationId ?? undefined,
        request.message,
      );
      caller.onConversation(turn.conversationId);
      return this.answer(turn, request, usable, caller);
    });
  }

  private async answer(
    turn: BegunTurn,
    request: ChatRequest,
    usable: readonly RegisteredTool[],
    caller: ChatCaller,
  ): Promise<ChatAnswer> {
    const startedAt = performance.now();
    const { principal, correlationId, traceparent, cancellation, events } = caller;
    const { conversationId } = turn;
    const model = request.model ?? this.config.chat.model;
    const fence = new Fence(this.config.mcp.stateKey, conversationId);
    const progress: TurnProgress = { rounds: [], usage: undefined, model };
    let outcome = 'ok';
    try {
      const offer = await this.offers.choose(usable, request.message, turn.history, cancellation);
      const { text: response, notices: ending = [] } = await this.loop.run(
        {
          principal,
          correlationId,
          cancellation,
          events,
          offer,
          fence,
          model,
          headers: traceHeaders(correlationId, traceparent),
          messages: [
            { role: 'system', content: `${this.prompt.text}\n\n${fence.rules}` },
            // A question that failed and is asked again would stand there twice.
            ...historyOf(withoutRepetition(turn, request.message), fence, this.config.chat.maxHistoryTokens),
            { role: 'user', content: request.message },
          ],
        },
        progress,
      );
      const notices = noticesOf(ending, offer);
      for (const { code } of notices) this.metrics.noticed(code);
      const said = notices.length > 0 && { notices };
      await this.conversations.end(principal, turn, { ...kept(progress), response, ...said });
      return {
        success: true,
        response,
        conversationId,
        toolCalls: progress.rounds.flatMap(({ calls }) => calls),
        usage: progress.usage ?? null,
        model: progress.model,
        ...said,
      };
    } catch (error) {
      outcome = codeOf(error);
      await this.conversations.end(principal, turn, { ...kept(progress), error: outcome });
      throw withConversation(error, conversationId);
    } finally {
      this.metrics.turnEnded(outcome, (performance.now() - startedAt) / 1000);
      this.audit.record({
        action: 'chat.turn',
        outcome: outcome === 'ok' ? 'ok' : 'error',
        principal,
        target: conversationId,
        correlationId,
        details: {
          result: outcome,
          rounds: progress.rounds.length,
          toolCalls: progress.rounds.flatMap(({ calls }) => calls).length,
        },
      });
    }
  }
}

function withoutRepetition({ history }: BegunTurn, message: string): BegunTurn['history'] {
  const last = history.at(-1);
  const isRepeated =
    last !== undefined && last.ending?.response === undefined && last.question.message === message;
  return isRepeated ? history.slice(0, -1) : history;
}

const kept = ({
  rounds,
  usage,
  model,
}: TurnProgress): { rounds: TurnProgress['rounds']; model: string; usage?: Usage } => ({
  rounds,
  model,
  ...(usage !== undefined && { usage }),
});

function codeOf(error: unknown): string {
  if (error === CLIENT_GONE) return 'cancelled';
  return error instanceof AppError ? error.code : 'internal_error';
}

/** Whoever is refused can go on with the conversation all the same. */
function withConversation(error: unknown, conversationId: string): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message: detail, data, headers } = error;
  return new AppError(code, { detail, data: { ...data, conversationId }, headers, cause: error });
}
