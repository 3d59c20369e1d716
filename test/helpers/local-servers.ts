import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Servers on free ports of 127.0.0.1, and the connections that are open to them. */
export class LocalServers {
  readonly sockets = new Set<Socket>();
  private readonly servers: Server[] = [];

  /** Answers the port. */
  async listen(server: Server): Promise<number> {
    this.servers.push(server);
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    for (const server of this.servers) server.close();
  }
}
