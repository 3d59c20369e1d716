import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer, type TLSSocket } from 'node:tls';

/** What Node knows of a connection, and does not tell: the response that is due on it, and what TLS is spoken over. */
type HttpSocket = Socket & {
  readonly _httpMessage?: (ServerResponse & { readonly req: IncomingMessage }) | null;
};
type SecureSocket = TLSSocket & { readonly _parent?: Socket };

const known = new WeakMap<Server, OpenConnections>();

/** The connections of a listener, from the time that they are first asked for. */
export function openConnectionsOf(server: Server): OpenConnections {
  const found = known.get(server) ?? new OpenConnections(server);
  known.set(server, found);
  return found;
}

/** What is open on a listener, and what of it nobody need wait for when the server closes. */
class OpenConnections {
  private readonly sockets = new Set<HttpSocket>();
  /** Those of TLS whose handshake is not done. */
  private readonly greeting = new Set<Socket>();
  private readonly openedAt = new WeakMap<Socket, number>();

  constructor(private readonly server: Server) {
    if (server instanceof TlsServer) {
      server.on('connection', (socket: Socket) => this.keep(this.greeting, socket));
      server.on('secureConnection', (socket: SecureSocket) => {
        if (socket._parent !== undefined) this.greeting.delete(socket._parent);
        // What a TLS connection has carried is counted behind the handshake.
        this.keep(this.sockets, socket);
      });
    } else {
      server.on('connection', (socket: Socket) => this.keep(this.sockets, socket));
    }
    this.closeSilentOnes();
  }

  /** Whether there is a connection that is not so old yet, and on which no request has come: one is on its way. */
  hasYoung(ageMs: number): boolean {
    const bornAfter = performance.now() - ageMs;
    const isYoung = (socket: Socket): boolean => (this.openedAt.get(socket) ?? 0) > bornAfter;
    for (const socket of this.greeting) if (isYoung(socket)) return true;
    for (const socket of this.sockets) if (socket.bytesRead === 0 && isYoung(socket)) return true;
    return false;
  }

  /**
   * Gives up on what has not arrived: half a handshake, half a head, half a body. On a connection whose request is
   * there somebody is at work: it is waited for, as long as its client goes on taking what waits for it.
   *
   * @param unreadMs how long a client may take none of it
   */
  hurry(unreadMs: number): void {
    for (const socket of this.greeting) socket.destroy();
    for (const socket of this.sockets) {
      const isWhole = socket._httpMessage?.req.complete === true;
      if (!isWhole) this.refuse(socket);
    }
    this.server.timeout = unreadMs;
    for (const socket of this.sockets) socket.setTimeout(unreadMs);
  }

  private keep(sockets: Set<Socket>, socket: Socket): void {
    sockets.add(socket);
    this.openedAt.set(socket, performance.now());
    socket.once('close', () => sockets.delete(socket));
  }

  /** As Node does when the time for a request is up. */
  private refuse(socket: Socket): void {
    const error = Object.assign(new Error('The server closes'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    this.server.emit('clientError', error, socket);
  }

  /**
   * Makes the closing server close connections on which nothing has ever come, too. Clients open them in advance, and
   * Node's `closeIdleConnections()`, part of `server.close()`, takes only those that have carried a request: one silent
   * connection would hold up the shutdown until SHUTDOWN_TIMEOUT_MS.
   */
  private closeSilentOnes(): void {
    const closeIdle = this.server.closeIdleConnections.bind(this.server);
    this.server.closeIdleConnections = () => {
      closeIdle();
      for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
    };
  }
}
