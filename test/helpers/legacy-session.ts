import { TEST_KEY, type TestServer } from './app.js';
import { EventStream } from './event-stream.js';
import { type Json, type JsonRpcAnswer, legacy } from './mcp-requests.js';

const VERSION = { 'mcp-protocol-version': '2025-11-25' };

/** A client of the handshake era that keeps its session id, whichever replica it talks to. */
export class LegacySession {
  private nextId = 1;

  private constructor(readonly id: string) {}

  static async begin(server: TestServer, capabilities: Json = {}): Promise<LegacySession> {
    const response = await server.mcp(
      legacy('initialize', {
        protocolVersion: '2025-11-25',
        capabilities,
        clientInfo: { name: 'test', version: '1.0.0' },
      }),
    );
    await response.arrayBuffer();
    const id = response.headers.get('mcp-session-id');
    if (id === null) throw new Error(`No session: ${response.status}`);
    return new LegacySession(id);
  }

  get headers(): Readonly<Record<string, string>> {
    return { ...VERSION, 'mcp-session-id': this.id };
  }

  /** A request whose answer is awaited. */
  async ask(server: TestServer, method: string, params: Json = {}): Promise<JsonRpcAnswer> {
    const response = await server.mcp(legacy(method, params, this.nextId++), this.headers);
    return (await response.json()) as JsonRpcAnswer;
  }

  /** A notification, or a response: answers the HTTP status. */
  async post(server: TestServer, message: Json): Promise<number> {
    const response = await server.mcp({ jsonrpc: '2.0', ...message }, this.headers);
    await response.arrayBuffer();
    return response.status;
  }

  /** A call whose answer may be a stream; `id` is the id of the request. */
  call(server: TestServer, tool: string, id: string | number): Promise<EventStream> {
    return EventStream.open(server.url, {
      headers: this.headers,
      body: legacy('tools/call', { name: tool, arguments: {} }, id),
    });
  }

  /** The GET stream. */
  listen(server: TestServer): Promise<EventStream> {
    return EventStream.open(server.url, { method: 'GET', headers: this.headers });
  }

  async end(server: TestServer): Promise<number> {
    const response = await fetch(`${server.url}/mcp`, {
      method: 'DELETE',
      headers: { 'x-api-key': TEST_KEY, ...this.headers },
    });
    await response.arrayBuffer();
    return response.status;
  }
}
