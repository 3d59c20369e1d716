import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

export type Headers = Readonly<Record<string, string>>;

/** The way to a server, as the transport of one revision has it: texts of JSON-RPC messages there and back. */
export interface Wire {
  /** Called with each message of the server. */
  onText: (text: string) => void;
  /** Resolves when the server has taken it; answers come by `onText`. */
  send(text: string, headers: Headers, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Place {
  readonly url: string;
  readonly headers?: Headers;
}

/** Streamable HTTP (since 2025-03-26). Each message goes to the next place: replicas behind one address. */
export class PostWire implements Wire {
  onText: Wire['onText'] = () => undefined;
  private session: string | undefined;
  private turn = 0;

  constructor(private readonly places: readonly Place[]) {}

  async send(text: string, headers: Headers, signal?: AbortSignal): Promise<void> {
    const { url, headers: own } = this.places[this.turn++ % this.places.length]!;
    const response = await fetch(url, {
      method: 'POST',
      body: text,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(this.session !== undefined && { 'mcp-session-id': this.session }),
        ...own,
        ...headers,
      },
      ...(signal && { signal }),
    });
    this.session ??= response.headers.get('mcp-session-id') ?? undefined;
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (!isStream) {
      const answer = await response.text();
      if (answer !== '') this.onText(answer);
      return;
    }
    // Whoever waits for the answer hears of it by `onText`; a stream that the client leaves is no failure.
    void readEvents(response, (_event, data) => this.onText(data)).catch(() => undefined);
  }

  async close(): Promise<void> {}
}

/** HTTP with Server-Sent Events (2024-11-05, basic/transports). */
export class EventsWire implements Wire {
  onText: Wire['onText'] = () => undefined;
  private readonly leaving = new AbortController();

  private constructor(private endpoint: string) {}

  static async open(url: string): Promise<EventsWire> {
    const wire = new EventsWire(url);
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream' },
      signal: wire.leaving.signal,
    });
    await new Promise<void>((resolve) => {
      void readEvents(response, (event, data) => {
        if (event !== 'endpoint') return wire.onText(data);
        wire.endpoint = new URL(data, url).href;
        resolve();
      }).catch(() => undefined);
    });
    return wire;
  }

  async send(text: string): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await (await fetch(this.endpoint, { method: 'POST', body: text, headers })).arrayBuffer();
  }

  async close(): Promise<void> {
    this.leaving.abort();
  }
}

/** A program of its own, and lines. */
export class LinesWire implements Wire {
  onText: Wire['onText'] = () => undefined;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    let rest = '';
    // Messages are delimited by newlines alone; readline knows further ends of lines.
    this.child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.onText(line);
    });
  }

  async send(text: string): Promise<void> {
    this.child.stdin.write(`${text}\n`);
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.stdin.end();
    this.child.kill();
    await ended;
  }
}

/** The HTML standard, "Server-sent events", as far as servers of MCP write them. */
async function readEvents(response: Response, take: (event: string, data: string) => void): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const lines of events.map((event) => event.split('\n'))) {
      const member = (name: string): string[] =>
        lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
      const data = member('data').join('\n');
      if (data !== '') take(member('event')[0] ?? 'message', data);
    }
  }
}
