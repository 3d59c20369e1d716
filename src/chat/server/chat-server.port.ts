import type { Cancellation } from '../../core/cancellation.js';
import type { Usage } from '../conversations/conversation.js';

/** A call of a tool as the model wrote it; `arguments` is JSON, as far as the model can be trusted with that. */
export interface RequestedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
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

export interface Completion {
  readonly text: string;
  readonly calls: readonly RequestedCall[];
  /** The model that answered, as the chat server names it. */
  readonly model: string;
  /** Absent where the chat server does not count. */
  readonly usage: Usage | undefined;
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
