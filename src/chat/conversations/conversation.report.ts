import type { Notice, ToolCallReport, Turn, Usage } from './conversation.js';

/** One turn, as `GET /chat/{conversationId}` shows it. */
export interface TurnReport {
  readonly message: string;
  /** ISO 8601. */
  readonly askedAt: string;
  /** `open`: under way, or cut off with the replica that worked on it. */
  readonly status: 'answered' | 'failed' | 'open';
  readonly endedAt?: string;
  readonly response?: string;
  /** The code of the error; docs/errors.md lists them. */
  readonly error?: string;
  readonly toolCalls: readonly ToolCallReport[];
  readonly usage: Usage | null;
  readonly model?: string;
  /** What has to be said of the answer. */
  readonly notices?: readonly Notice[];
}

export interface ConversationReport {
  readonly success: true;
  readonly conversationId: string;
  readonly turns: readonly TurnReport[];
}

export const conversationReport = (conversationId: string, turns: readonly Turn[]): ConversationReport => ({
  success: true,
  conversationId,
  turns: turns.map(turnReport),
});

function turnReport({ question, ending }: Turn): TurnReport {
  const asked = { message: question.message, askedAt: question.at };
  if (ending === undefined) return { ...asked, status: 'open', toolCalls: [], usage: null };
  const { at, response, error, rounds, usage, model, notices } = ending;
  return {
    ...asked,
    status: response === undefined ? 'failed' : 'answered',
    endedAt: at,
    ...(response !== undefined && { response }),
    ...(error !== undefined && { error }),
    toolCalls: rounds.flatMap(({ calls }) => calls),
    usage: usage ?? null,
    ...(model !== undefined && { model }),
    ...(notices !== undefined && { notices }),
  };
}
