/** What became of one call that the model asked for. */
export interface ToolCallReport {
  /** As the chat server named the call. */
  readonly id: string;
  readonly name: string;
  /** As an object; the text itself where the model wrote no JSON object. */
  readonly arguments: unknown;
  /** `refused`: the tool did not run, because it was not offered or may not be called. */
  readonly status: 'ok' | 'error' | 'refused';
  /** The code of the failure; docs/errors.md lists them. */
  readonly code?: string;
  /** The text that the model was given. */
  readonly result: string;
  readonly durationMs: number;
}

/** An answer of the model that asked for tools, with what they gave. */
export interface ToolRound {
  readonly text: string;
  readonly calls: readonly ToolCallReport[];
}

/** Tokens as the chat server counts them, over all rounds of a turn. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
}

/** What whoever reads an answer has to know of it. */
export interface Notice {
  /** docs/chat.md lists them. */
  readonly code: string;
  readonly message: string;
}

export interface Question {
  readonly kind: 'question';
  readonly turnId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly message: string;
}

/** How a turn ended: with an answer, or with an error after the rounds that were complete. */
export interface Ending {
  readonly kind: 'ending';
  readonly turnId: string;
  readonly at: string;
  readonly rounds: readonly ToolRound[];
  readonly response?: string;
  /** The code of the error. */
  readonly error?: string;
  readonly model?: string;
  readonly usage?: Usage;
  readonly notices?: readonly Notice[];
}

/** What a store keeps: a turn is a question, and later an ending. */
export type Entry = Question | Ending;

/** A question, and its ending when it has one: a turn without one is under way, or was cut off. */
export interface Turn {
  readonly question: Question;
  readonly ending: Ending | undefined;
}

/**
 * The turns of a conversation in the order of their questions. Two replicas may have worked on two turns at once, so an
 * ending need not stand next to its question.
 */
export function turnsOf(entries: readonly Entry[]): Turn[] {
  const endings = new Map(
    entries.filter((entry) => entry.kind === 'ending').map((ending) => [ending.turnId, ending]),
  );
  return entries
    .filter((entry) => entry.kind === 'question')
    .map((question) => ({ question, ending: endings.get(question.turnId) }));
}
