import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Json } from './mcp-requests.js';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The message of a POST; that of a GET has no method. */
  readonly message: { readonly id?: number | string; readonly method?: string; readonly params?: Json };
}

/** An answer of HTTP, in place of one of MCP. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * `usual`: as a server that has one tool, `good`; `nothing`: none, ever; `reset`: a broken connection. Else the members
 * of a JSON-RPC answer.
 */
export type Reply = 'usual' | 'nothing' | 'reset' | Json | Answer;

export type Behaviour = (request: Request) => Reply | Promise<Reply>;

export const GOOD = { name: 'good', description: 'A sound tool', inputSchema: { type: 'object' } };
export const TEXT = { content: [{ type: 'text', text: 'the answer' }] };
export const result = (members: Json): Json => ({ result: members });
export const refusal = (code: number, message: string, data?: Json): Json => ({
  error: { code, message, ...(data && { data }) },
});

const isAnswer = (reply: Reply): reply is Answer => typeof reply === 'object' && 'status' in reply;

/** An HTTP server with an MCP server of its own kind at each path; a test says what each does, and may change it. */
export class PathUpstream {
  /** How often each method has come to each path, by `path method`. */
  readonly asked = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    readonly behaviours: Map<string, Behaviour>,
  ) {}

  static async start(behaviours: Readonly<Record<string, Behaviour>> = {}): Promise<PathUpstream> {
    const server = createServer((request, response) => {
      upstream.serve(request, response).catch(() => response.destroy());
    });
    const upstream = new PathUpstream(server, new Map(Object.entries(behaviours)));
    server.keepAliveTimeout = 600_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Entries for all of its paths, by their names. */
  get entries(): Record<string, { url: string }> {
    return Object.fromEntries([...this.behaviours.keys()].map((name) => [name, { url: this.urlOf(name) }]));
  }

  urlOf(name: string): string {
    return `${this.origin}/${name}`;
  }

  countOf(name: string, method: string): number {
    return this.asked.get(`${name} ${method}`) ?? 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const [, name = '', path = ''] = /^\/([^/?]*)([^?]*)/.exec(url) ?? [];
    const body = await text(incoming);
    const message = (body === '' ? {} : JSON.parse(body)) as Request['message'];
    const asked = `${name} ${message.method ?? method}`;
    this.asked.set(asked, (this.asked.get(asked) ?? 0) + 1);
    const behaviour = this.behaviours.get(name);
    const reply = (await behaviour?.({ method, path, headers, message })) ?? { status: 404 };
    if (reply === 'nothing') return;
    if (reply === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    if (isAnswer(reply)) {
      response.writeHead(reply.status, reply.headers).end(reply.body);
      return;
    }
    if (method !== 'POST') response.writeHead(405).end();
    else if (message.id === undefined) response.writeHead(202).end();
    else {
      const members = reply === 'usual' ? usual(message) : reply;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...members }));
    }
  }
}

/** What a server of the handshake era answers that has one tool. */
export function usual({ method, params }: Request['message'], capabilities: Json = { tools: {} }): Json {
  if (method === 'initialize') {
    const { protocolVersion } = params!;
    return result({ protocolVersion, capabilities, serverInfo: { name: 'odd', version: '1' } });
  }
  if (method === 'tools/list') return result({ tools: [GOOD] });
  if (method === 'tools/call') return result(TEXT);
  if (method === 'ping') return result({});
  return refusal(-32601, 'Method not found');
}
