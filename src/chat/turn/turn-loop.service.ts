import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import type { ToolRound, Usage } from '../conversations/conversation.js';
import { messagesOf } from '../prompt/prompt.js';
import type { ChatMessage, Completion } from '../server/chat-server.port.js';
import { ChatCompletions } from '../server/chat-completions.service.js';
import type { Fence } from './fence.js';
import { ToolRunner, type TurnScope } from './tool-runner.service.js';

export interface TurnRequest extends TurnScope {
  readonly model: string;
  /** System prompt, history and question. */
  readonly messages: readonly ChatMessage[];
  readonly fence: Fence;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a turn has come to so far; whoever started it may look when it fails. */
export interface TurnProgress {
  readonly rounds: ToolRound[];
  usage: Usage | undefined;
  model: string;
}

export type LastWords = Pick<Completion, 'text' | 'notices'>;

const LAST_ROUND = '[No more tool calls are possible. Answer the question now, from what you have.]';

/** The bounded loop of one turn: the model asks for tools, they run, it is told what they gave, until it answers. */
@Injectable()
export class TurnLoop {
  private readonly limits: Configuration['chat'];

  constructor(
    @Inject(Configuration) { chat }: Configuration,
    private readonly completions: ChatCompletions,
    private readonly tools: ToolRunner,
  ) {
    this.limits = chat;
  }

  /**
   * Answers the model's last words, and what has to be said of them.
   *
   * @throws AppError; the reason of the cancellation.
   */
  async run(request: TurnRequest, progress: TurnProgress): Promise<LastWords> {
    const messages = [...request.messages];
    let callsLeft = this.limits.maxToolCalls;
    for (let round = 1; ; round += 1) {
      const isLast = round === this.limits.maxRounds || callsLeft <= 0;
      const completion = await this.complete(request, messages, round, !isLast);
      count(completion, progress);
      if (completion.calls.length === 0) return completion;
      if (isLast) return this.unfinished(completion, round);
      const calls = await Promise.all(
        completion.calls.map((call, index) => this.tools.run(call, round, request, index < callsLeft)),
      );
      callsLeft -= calls.length;
      const done: ToolRound = { text: completion.text, calls };
      progress.rounds.push(done);
      const isNextLast = round + 1 === this.limits.maxRounds || callsLeft <= 0;
      messages.push(...messagesOf(done, request.fence, isNextLast ? LAST_ROUND : undefined));
    }
  }

  private complete(
    request: TurnRequest,
    messages: readonly ChatMessage[],
    round: number,
    mayCall: boolean,
  ): Promise<Completion> {
    const { model, offer, headers, cancellation, events } = request;
    return this.completions.complete(
      { model, messages, tools: offer.tools, mayCall },
      { headers, cancellation, onText: (text) => events.text({ round, text }) },
    );
  }

  /** A model that goes on asking for tools when it may not. What it says beside is better than nothing. */
  private unfinished(completion: Completion, round: number): LastWords {
    if (completion.text.trim() !== '') return completion;
    throw new AppError('chat_server_failed', {
      detail: `The model asked for tools in each of ${round} rounds, and gave no answer`,
    });
  }
}

function count({ model, usage }: Completion, progress: TurnProgress): void {
  progress.model = model;
  if (usage === undefined) return;
  const { promptTokens = 0, completionTokens = 0, totalTokens = 0 } = progress.usage ?? {};
  progress.usage = {
    promptTokens: promptTokens + usage.promptTokens,
    completionTokens: completionTokens + usage.completionTokens,
    totalTokens: totalTokens + usage.totalTokens,
  };
}
