import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What a model sends: the data of its events, as JSON unless they are texts; or something else. */
export type Script = readonly unknown[] | ((response: ServerResponse) => void);

interface AskedBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
}

export const chunk = (delta: unknown, finish_reason: string | null = null, members: object = {}): object => ({
  choices: [{ index: 0, delta, finish_reason }],
  ...members,
});

/** Writes the events of a stream, and leaves it open. */
export function sendEvents(response: ServerResponse, events: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events)
    response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
}

/**
 * A chat server on the loopback interface that says, word for word, what a test has written down for the model that it
 * is asked for; once it has results of tools, `done`.
 */
export class ScriptedChatServer {
  readonly asked: AskedBody[] = [];

  private constructor(
    private readonly server: Server,
    private readonly scripts: ReadonlyMap<string, Script>,
  ) {}

  static async start(scripts: ReadonlyMap<string, Script>): Promise<ScriptedChatServer> {
    const server = createServer();
    const scripted = new ScriptedChatServer(server, scripts);
    server.on('request', (request, response) => {
      void json(request).then((body) => scripted.answer(body as AskedBody, response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(body: AskedBody, response: ServerResponse): void {
    this.asked.push(body);
    const hasResults = body.messages.at(-1)?.role === 'tool';
    const script = hasResults
      ? [chunk({ content: 'done' }, 'stop'), '[DONE]']
      : this.scripts.get(body.model)!;
    if (typeof script === 'function') script(response);
    else {
      sendEvents(response, script);
      response.end();
    }
  }
}
