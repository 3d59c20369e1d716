import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { TEST_KEY } from './app.js';
import type { Json } from './mcp-requests.js';
import { waitFor } from './wait-for.js';

export interface StreamRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/**
 * An answer of /mcp that comes as a stream of events (the HTML standard, "Server-sent events"), on a connection of its
 * own.
 */
export class EventStream {
  /** The messages so far, in order; also the only one of an answer in one piece. */
  readonly messages: Json[] = [];
  private rest = '';
  private hasEnded = false;

  private constructor(
    private readonly outgoing: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    const isStream = response.headers['content-type'] === 'text/event-stream';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.rest += text;
      if (isStream) this.takeEvents();
    });
    response.on('end', () => {
      if (!isStream && this.rest !== '') this.messages.push(JSON.parse(this.rest) as Json);
    });
    response.on('error', () => undefined);
    response.on('close', () => (this.hasEnded = true));
  }

  /** Resolves when the head of the response has come. */
  static open(url: string, { method = 'POST', headers = {}, body }: StreamRequest): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${url}/mcp`, { method, agent: false }, (response) =>
        resolve(new EventStream(outgoing, response)),
      );
      // After the head has come this is about the end of the stream, which `response` reports.
      outgoing.on('error', reject);
      const all = { 'x-api-key': TEST_KEY, accept: 'application/json, text/event-stream', ...headers };
      for (const [name, value] of Object.entries(all)) {
        if (value !== undefined) outgoing.setHeader(name, value);
      }
      if (body !== undefined) outgoing.setHeader('content-type', 'application/json');
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** Whether the whole answer has come, as opposed to a connection that broke. */
  get isComplete(): boolean {
    return this.hasEnded && this.response.complete;
  }

  get last(): Json | undefined {
    return this.messages.at(-1);
  }

  methods(): unknown[] {
    return this.messages.map(({ method }) => method);
  }

  /** Waits for a message that fits, and answers it. */
  async next(fits: (message: Json) => boolean): Promise<Json> {
    await waitFor(() => this.hasEnded || this.messages.some(fits));
    const message = this.messages.find(fits);
    if (message === undefined) throw new Error(`It has ended without it: ${JSON.stringify(this.messages)}`);
    return message;
  }

  async end(): Promise<void> {
    await waitFor(() => this.hasEnded);
  }

  /** The client goes away. */
  close(): void {
    this.outgoing.destroy();
  }

  private takeEvents(): void {
    const events = this.rest.split('\n\n');
    this.rest = events.pop() ?? '';
    for (const event of events) {
      const data = event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).trim())
        .join('\n');
      if (data !== '') this.messages.push(JSON.parse(data) as Json);
    }
  }
}
