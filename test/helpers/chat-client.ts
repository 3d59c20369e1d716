import { TEST_KEY } from './app.js';
import { waitFor } from './wait-for.js';

type Json = Readonly<Record<string, unknown>>;

export interface ToolCallReport {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
  readonly status: 'ok' | 'error' | 'refused';
  readonly code?: string;
  readonly result: string;
}

/** What `POST /chat` answers: an answer, or a problem document. */
export interface ChatReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json & {
    readonly success?: true;
    readonly response: string;
    readonly conversationId: string;
    readonly toolCalls: readonly ToolCallReport[];
    readonly usage: Json | null;
    readonly model: string;
    readonly code?: string;
    readonly detail?: string;
    readonly breaker?: {
      readonly name: string;
      readonly state: string;
      readonly consecutiveFailures: number;
    };
  };
}

export interface StreamedEvent {
  readonly event: string;
  readonly data: Json;
}

export interface SendOptions {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export const post = (
  url: string,
  body: unknown,
  { key = TEST_KEY, headers = {}, signal }: SendOptions = {},
): Promise<Response> =>
  fetch(`${url}/chat`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });

/** Sends a question, and reads the whole answer. */
export async function chat(url: string, body: unknown, options?: SendOptions): Promise<ChatReply> {
  const response = await post(url, body, options);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as ChatReply['body'],
  };
}

/** An answer that comes as a stream of events. */
export class ChatEvents {
  readonly events: StreamedEvent[] = [];
  readonly ended: Promise<void>;
  /** As it came. */
  raw = '';
  private rest = '';

  private constructor(
    readonly response: Response,
    private readonly controller: AbortController,
  ) {
    this.ended = this.read();
  }

  static async open(url: string, body: object, options: SendOptions = {}): Promise<ChatEvents> {
    const controller = new AbortController();
    const response = await post(url, { stream: true, ...body }, { ...options, signal: controller.signal });
    return new ChatEvents(response, controller);
  }

  /** The events of one name. */
  of(name: string): Json[] {
    return this.events.filter(({ event }) => event === name).map(({ data }) => data);
  }

  /** Resolves when there is an event of this name. */
  async until(name: string): Promise<Json> {
    await waitFor(() => this.of(name).length > 0);
    return this.of(name)[0]!;
  }

  /** Closes the connection from the client's side. */
  async leave(): Promise<void> {
    this.controller.abort();
    await this.ended;
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? [])
        this.take(decoder.decode(chunk as Uint8Array, { stream: true }));
    } catch {
      // Broken off, by us or by the server: the events that have come are there.
    }
  }

  private take(text: string): void {
    this.raw += text;
    this.rest += text;
    for (let end = this.rest.indexOf('\n\n'); end !== -1; end = this.rest.indexOf('\n\n')) {
      const block = this.rest.slice(0, end);
      this.rest = this.rest.slice(end + 2);
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? [];
      if (event !== undefined && data !== undefined)
        this.events.push({ event, data: JSON.parse(data) as Json });
    }
  }
}
