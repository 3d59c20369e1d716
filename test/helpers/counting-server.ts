import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { waitFor } from './wait-for.js';

/** A real HTTP server that knows its sockets, and can keep requests waiting until the test lets them go. */
export class CountingServer {
  readonly open = new Set<Socket>();
  /** Sockets that were ever opened. */
  opened = 0;
  requests: IncomingMessage[] = [];
  private readonly held: ServerResponse[] = [];

  private constructor(private readonly server: Server) {
    server.keepAliveTimeout = 600_000;
    server.on('connection', (socket) => {
      this.opened += 1;
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  /** @param answer what to answer with; without it every request is held. */
  static async start(answer?: RequestListener): Promise<CountingServer> {
    const server = createServer();
    const counting = new CountingServer(server);
    server.on('request', (request, response) => {
      counting.requests.push(request);
      if (answer === undefined) counting.held.push(response);
      else answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return counting;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How long it keeps idle connections, and says so in Keep-Alive. */
  keepIdleFor(ms: number): void {
    this.server.keepAliveTimeout = ms;
  }

  get holding(): number {
    return this.held.length;
  }

  /** Comes back when so many requests wait for an answer. */
  async untilHolding(count: number): Promise<void> {
    await waitFor(() => this.held.length >= count);
  }

  /** Answers what is held, all or the first so many. */
  release(count = this.held.length): void {
    for (const response of this.held.splice(0, count)) response.end('ok');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
