import type OpenAI from 'openai';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { Configuration } from '../../config/configuration.js';
import { restored } from '../../core/json/answer.js';
import { gatedFetch } from './answer.stream.js';
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

interface RequestOptions {
  readonly signal: AbortSignal;
  readonly headers: Record<string, string>;
}

/**
 * Whatever speaks the OpenAI-compatible API, through the official client. Every completion is asked for as a stream,
 * whoever waits for it: so it can be told how long the server has been silent.
 */
export class OpenAiChatServer implements ChatServer {
  private client: Promise<OpenAI> | undefined;
  private lengthName: LengthName;

  constructor(
    private readonly settings: Settings,
    private readonly fetch: Fetch,
  ) {
    this.lengthName = isOpenAi(settings.serverUrl) ? 'max_completion_tokens' : 'max_tokens';
  }

  async complete(request: CompletionRequest, options: CompletionOptions): Promise<Completion> {
    const { cancellation, headers, onText } = options;
    let hasBegun = false;
    const builder = new CompletionBuilder();
    let told = 0;
    const finish = (): Completion => {
      const completion = builder.finish(request.model);
      // What stands in for a text was not told as it came.
      if (completion.text.length > told) onText(completion.text.slice(told));
      return completion;
    };
    const idle = new IdleTimeout(this.settings.serverTimeoutMs, cancellation);
    try {
      const stream = await this.ask(request, { signal: idle.signal, headers: { ...headers } });
      hasBegun = true;
      for await (const chunk of stream) {
        idle.heard();
        const text = builder.add(restored(chunk, isArguments));
        if (text !== '') onText(text);
        told += text.length;
      }
      // An aborted stream ends like a complete one.
      idle.signal.throwIfAborted();
      return finish();
    } catch (error) {
      if (cancellation.isCancelled) throw cancellation.reason;
      // The model was done: nothing is lost with a connection that breaks, or that nobody closes.
      if (builder.isFinished && (idle.signal.reason === IDLE || error instanceof TypeError)) return finish();
      if (idle.signal.reason === IDLE) throw this.silent();
      throw failureOf(error, hasBegun, this.settings.apiKey);
    } finally {
      idle.end();
    }
  }

  /** Models of some servers want the length by its newer name, wherever they are: they say so. */
  private async ask(request: CompletionRequest, options: RequestOptions): Promise<AsyncIterable<unknown>> {
    const client = await this.connect(options.signal);
    // Not by the method of the resource, which fails on chunks that are unlike OpenAI's own.
    const post = (body: object): Promise<AsyncIterable<unknown>> =>
      client.post('/chat/completions', { ...options, body, stream: true });
    const { maxAnswerTokens } = this.settings;
    const body = bodyOf(request);
    if (maxAnswerTokens === 0) return post(body);
    const name = this.lengthName;
    try {
      return await post({ ...body, [name]: maxAnswerTokens });
    } catch (error) {
      if (name !== 'max_tokens' || !wantsNewerName(error)) throw error;
      this.lengthName = 'max_completion_tokens';
      return post({ ...body, [this.lengthName]: maxAnswerTokens });
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
    await this.load();
  }

  /** Where nobody has named a chat server there may be none: the client is not loaded to find that out. */
  private async connect(signal: AbortSignal): Promise<OpenAI> {
    if (this.client === undefined && !this.settings.isServerNamed) {
      const { body } = await this.fetch(baseUrlOf(this.settings.serverUrl), { signal });
      await body?.cancel();
    }
    return this.load();
  }

  private load(): Promise<OpenAI> {
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

/** The API's own name for the length of an answer, and the one by which all the others know it. */
type LengthName = 'max_completion_tokens' | 'max_tokens';

/** OpenAI and Azure, whose newer models refuse the older name. */
function isOpenAi(serverUrl: string): boolean {
  const { hostname } = new URL(serverUrl);
  return ['.openai.com', '.openai.azure.com'].some((domain) => `.${hostname}`.endsWith(domain));
}

const wantsNewerName = (error: unknown): boolean =>
  error instanceof Error &&
  'status' in error &&
  error.status === 400 &&
  error.message.includes('max_completion_tokens');

const isArguments = (name: string): boolean => name === 'arguments';

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
