import type { Cancellation } from '../../core/cancellation.js';
import type { Usage } from '../conversations/conversation.js';

/** A call of a tool as the model wrote it; `arguments` is JSON, as far as the model can be trusted with that. */
export interface RequestedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** The answer was cut before the arguments had come to their end. */
  readonly isCut?: boolean;
}

/** One message of a prompt. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly calls?: readonly RequestedCall[] }
  | { readonly role: 'tool'; readonly callId: string; readonly content: string };

/** A tool as the model is told of it. The name is one that the API takes. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface CompletionRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly OfferedTool[];
  /** Whether the model may call the tools, or has to answer now. */
  readonly mayCall: boolean;
}

/** How one completion is asked for. */
export interface CompletionOptions {
  /** Headers that let the chat server's log be matched with ours. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cancellation: Cancellation;
  /** Called with each piece of text as it comes. */
  readonly onText: (delta: string) => void;
}

/**
 * What has to be said of an answer, beside what it says:
 *
 * - `answer_cut`: the model, or CHAT_MAX_ANSWER_TOKENS, allows no longer one; - `answer_filtered`: a filter of the chat
 *   server ended it; - `answer_refused`: the model will not answer, and says so; - `answer_empty`: nothing came;
 * - `reasoning_only`: the model has thought and not answered, and the text is what it has thought.
 */
export type CompletionNotice =
  'answer_cut' | 'answer_filtered' | 'answer_refused' | 'answer_empty' | 'reasoning_only';

export interface Completion {
  readonly text: string;
  readonly calls: readonly RequestedCall[];
  /** The model that answered, as the chat server names it. */
  readonly model: string;
  /** Absent where the chat server does not count. */
  readonly usage: Usage | undefined;
  /** Absent for an answer that is whole. */
  readonly notices?: readonly CompletionNotice[];
}

/**
 * - `unreachable`: no connection, or a broken one; - `silent`: nothing came for CHAT_SERVER_TIMEOUT_MS;
 * - `failed`: an HTTP 5xx; - `broken`: an answer that cannot be read, or that ends too early;
 * - `busy`: an HTTP 429; - `refused`: any other 4xx.
 */
export type ChatServerFailure = 'unreachable' | 'silent' | 'failed' | 'broken' | 'busy' | 'refused';

export class ChatServerError extends Error {
  override readonly name = 'ChatServerError';

  constructor(
    readonly failure: ChatServerFailure,
    /** What happened, safe to show to the caller. */
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }

  /** When the chat server said that it wants to be asked again. */
  readonly retryAfterMs: number | undefined;
}

/** A server that completes conversations. */
export interface ChatServer {
  /** @throws ChatServerError; the reason of the cancellation. */
  complete(request: CompletionRequest, options: CompletionOptions): Promise<Completion>;
  /** Whether it answers at all, within `timeoutMs`. Never throws. */
  isUp(timeoutMs: number): Promise<boolean>;
}

export const ChatServer = Symbol('ChatServer');
