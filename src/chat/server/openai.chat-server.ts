import type OpenAI from 'openai';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { Configuration } from '../../config/configuration.js';
import { excessOf } from '../../core/json/answer.js';
import { eventGate } from '../../core/json/event-gate.js';
import {
  type ChatMessage,
  type ChatServer,
  ChatServerError,
  type Completion,
  type CompletionOptions,
  type CompletionRequest,
} from './chat-server.port.js';
import { failureOf } from './chat-server.failure.js';
import { CompletionBuilder } from './completion.builder.js';
import { IDLE, IdleTimeout } from './idle-timeout.js';

type Fetch = typeof globalThis.fetch;
type Settings = Configuration['chat'];

/**
 * Whatever speaks the OpenAI-compatible API, through the official client. Every completion is asked for as a stream,
 * whoever waits for it: so it can be told how long the server has been silent.
 */
export class OpenAiChatServer implements ChatServer {
  private client: Promise<OpenAI> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly fetch: Fetch,
  ) {}

  async complete(request: CompletionRequest, options: CompletionOptions): Promise<Completion> {
    const { cancellation, headers, onText } = options;
    const client = await this.connect();
    let hasBegun = false;
    const idle = new IdleTimeout(this.settings.serverTimeoutMs, cancellation);
    try {
      const stream = await client.chat.completions.create(bodyOf(request), {
        signal: idle.signal,
        headers: { ...headers },
      });
      hasBegun = true;
      const builder = new CompletionBuilder();
      for await (const chunk of stream) {
        idle.heard();
        const text = builder.add(chunk);
        if (text !== '') onText(text);
      }
      // An aborted stream ends like a complete one.
      idle.signal.throwIfAborted();
      return builder.finish(request.model);
    } catch (error) {
      if (cancellation.isCancelled) throw cancellation.reason;
      if (idle.signal.reason === IDLE) throw this.silent();
      throw failureOf(error, hasBegun, this.settings.apiKey);
    } finally {
      idle.end();
    }
  }

  /** `/health` is llama.cpp's and vLLM's; the others have `/v1/models` at least. */
  async isUp(timeoutMs: number): Promise<boolean> {
    const base = baseUrlOf(this.settings.serverUrl);
    for (const url of [new URL('/health', base).href, `${base}/models`]) {
      // In turn: the second is asked only where the first is not known.
      if (await this.answersOk(url, timeoutMs)) return true;
    }
    return false;
  }

  private async answersOk(url: string, timeoutMs: number): Promise<boolean> {
    const { apiKey } = this.settings;
    try {
      const response = await this.fetch(url, {
        signal: AbortSignal.timeout(timeoutMs),
        headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  private silent(): ChatServerError {
    return new ChatServerError(
      'silent',
      `The chat server said nothing for ${this.settings.serverTimeoutMs / 1000} s`,
    );
  }

  /**
   * Loads the client, which holds up everything else for a tenth of a second: where a chat server is named, before
   * anybody is served.
   */
  async prepare(): Promise<void> {
    await this.connect();
  }

  private connect(): Promise<OpenAI> {
    this.client ??= import('openai').then(
      ({ OpenAI: Client }) =>
        new Client({
          baseURL: baseUrlOf(this.settings.serverUrl),
          // The client wants some key; without ours no header is sent.
          apiKey: this.settings.apiKey ?? 'none',
          defaultHeaders: this.settings.apiKey === undefined ? { Authorization: null } : {},
          // Left out, these would come from the environment.
          adminAPIKey: null,
          organization: null,
          project: null,
          webhookSecret: null,
          // A repetition is for the breaker and the caller to decide.
          maxRetries: 0,
          timeout: this.settings.timeoutMs,
          logLevel: 'off',
          fetch: gatedFetch(this.fetch),
        }),
    );
    return this.client;
  }
}

/** The same `fetch`, whose events and texts are looked at before the client parses them. */
const gatedFetch =
  (fetch: Fetch): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    const { body, ok, status, statusText, headers } = response;
    // Whatever its type, what answers well is read as a stream of events.
    if (ok && body !== null)
      return new Response(body.pipeThrough(eventGate(judge)), { status, statusText, headers });
    const read = response.text.bind(response);
    const text = async (): Promise<string> => {
      const said = await read();
      return excessOf(said) === undefined ? said : '';
    };
    return Object.assign(response, { text });
  };

function judge(data: string): undefined {
  const excess = excessOf(data);
  if (excess !== undefined)
    throw new ChatServerError('broken', `The chat server sent a chunk that ${excess}`);
}

/** `/v1` is a part of the address where it is written, and comes to it where it is not. */
const baseUrlOf = (serverUrl: string): string => (/\/v\d+$/.test(serverUrl) ? serverUrl : `${serverUrl}/v1`);

function bodyOf({ model, messages, tools, mayCall }: CompletionRequest): ChatCompletionCreateParamsStreaming {
  return {
    model,
    messages: messages.map(toWire),
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function' as const, function: { ...tool } })),
      tool_choice: mayCall ? ('auto' as const) : ('none' as const),
      parallel_tool_calls: true,
    }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function toWire(message: ChatMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
    case 'user':
      return message;
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.content };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.calls !== undefined && {
          tool_calls: message.calls.map(({ id, ...called }) => ({
            id,
            type: 'function' as const,
            function: called,
          })),
        }),
      };
    default:
      return message satisfies never;
  }
}
