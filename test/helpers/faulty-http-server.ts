import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { freePort } from './free-port.js';
import type { Json } from './mcp-requests.js';

/** What the server does with tools/call; everything else it answers as it should. */
export type Behaviour =
  | 'answer'
  | 'fail'
  | 'rpc-internal'
  | 'rpc-refuse'
  | 'complain'
  | 'break-schema'
  | 'not-found'
  | 'hold'
  | 'hang'
  | 'drip'
  | 'reset'
  | 'html'
  | 'members'
  | 'member-events'
  | 'big';

const CALL = {
  name: 'call',
  description: 'Call',
  inputSchema: { type: 'object' },
  outputSchema: { type: 'object', properties: { fine: { type: 'boolean' } } },
};

/** Each name is new: the slowest that there is to parse. */
const MANY_MEMBERS = {
  content: [],
  structuredContent: Object.fromEntries(Array.from({ length: 190_000 }, (_, index) => [`m${index}`, 0])),
};

interface Message {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: Json;
}

/** An MCP server of revision 2025-11-25 without sessions, over plain HTTP, which fails as it is told to. */
export class FaultyHttpServer {
  behaviour: Behaviour = 'answer';
  /** Calls of tools that have reached it. */
  calls = 0;
  /** The headers of the last call of a tool. */
  lastHeaders: IncomingMessage['headers'] = {};
  private held: (() => void)[] = [];
  private server: Server | undefined;
  private port = 0;

  static async start(): Promise<FaultyHttpServer> {
    const faulty = new FaultyHttpServer();
    await faulty.listen();
    return faulty;
  }

  /** Calls that wait for `release`. */
  get holding(): number {
    return this.held.length;
  }

  release(): void {
    for (const finish of this.held.splice(0)) finish();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** Listens, on the same port as before if there was one. */
  async listen(): Promise<void> {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => response.destroy());
    });
    // On a busy machine a request may be on its way just when a connection has been idle for too long.
    this.server.keepAliveTimeout = 600_000;
    if (this.port === 0) this.port = await freePort();
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const message = (await json(request)) as Message;
    if (message.id === undefined) {
      response.writeHead(202).end();
      return;
    }
    if (message.method === 'tools/call') {
      this.calls += 1;
      this.lastHeaders = request.headers;
      this.misbehave(message, response);
      return;
    }
    answer(response, { id: message.id, ...resultOf(message) });
  }

  private misbehave({ id }: Message, response: ServerResponse): void {
    const say = (members: Json): void => answer(response, { id, ...members });
    switch (this.behaviour) {
      case 'answer':
        return say({
          result: { content: [{ type: 'text', text: 'fine' }], structuredContent: { fine: true } },
        });
      case 'fail':
        response.writeHead(500, { 'content-type': 'text/plain' }).end('out of order');
        return undefined;
      case 'not-found':
        response.writeHead(404).end();
        return undefined;
      case 'rpc-internal':
        return say({ error: { code: -32603, message: 'out of order' } });
      case 'rpc-refuse':
        return say({ error: { code: -32602, message: 'not like that' } });
      case 'complain':
        return say({ result: { isError: true, content: [{ type: 'text', text: 'did not work' }] } });
      case 'break-schema':
        return say({ result: { content: [], structuredContent: { fine: 'not a boolean' } } });
      case 'hold':
        this.held.push(() =>
          say({
            result: { content: [{ type: 'text', text: 'released' }], structuredContent: { fine: true } },
          }),
        );
        return undefined;
      case 'hang':
        return undefined;
      case 'drip':
        response.writeHead(200, { 'content-type': 'application/json' });
        this.drip(response);
        return undefined;
      case 'reset':
        response.socket?.resetAndDestroy();
        return undefined;
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
        return undefined;
      case 'members':
        return say({ result: MANY_MEMBERS });
      case 'member-events':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: MANY_MEMBERS })}\n\n`);
        return undefined;
      case 'big':
        return say({ result: { content: [{ type: 'text', text: 'x'.repeat(10 * 1024 * 1024) }] } });
      default:
        return this.behaviour satisfies never;
    }
  }

  /** One byte at a time, never all of them. */
  private drip(response: ServerResponse): void {
    const timer = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(timer));
  }
}

function resultOf({ method, params }: Message): Json {
  switch (method) {
    case 'initialize':
      return {
        result: {
          protocolVersion: params?.['protocolVersion'],
          capabilities: { tools: {} },
          serverInfo: { name: 'faulty-http', version: '1.0.0' },
        },
      };
    case 'tools/list':
      return { result: { tools: [CALL] } };
    case 'ping':
      return { result: {} };
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
}

function answer(response: ServerResponse, members: Json): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', ...members }));
}
