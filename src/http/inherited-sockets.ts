import { type AddressInfo, type Server, Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ConfigurationError } from '../config/configuration.loader.js';

/** Connections that may wait while nobody accepts them: the most that Linux takes by default (`somaxconn`). */
const BACKLOG = 4096;

const inheriting = new WeakSet<Server>();

/** Whether the socket of a listener is the service manager's, and outlives this process with all that waits on it. */
export const isInherited = (server: Server): boolean => inheriting.has(server);

interface Place {
  readonly port: number;
  readonly host: string;
}

/** The listening sockets that a service manager has handed over, by their addresses. */
export class InheritedSockets {
  private readonly sockets: ReadonlyMap<string, Socket>;

  /**
   * @param places where the server listens
   * @throws ConfigurationError for a socket on which nobody would: whoever connects to it would wait for ever.
   */
  constructor(descriptors: readonly number[], places: readonly Place[]) {
    // Holds the descriptor and does nothing with it: what comes meanwhile goes on waiting.
    const held = descriptors.map((fd) => new Socket({ fd, readable: false, writable: false }));
    this.sockets = new Map(held.map((socket) => [nameOf(socket.address() as AddressInfo), socket]));
    const known = places.map(({ host, port }) => nameOf({ address: host, port }));
    const strange = [...this.sockets.keys()].filter((name) => !known.includes(name));
    if (strange.length === 0) return;
    throw new ConfigurationError([
      `BIND_IP, MCP_PORT and HTTPS_PORT say ${known.join(' and ')}, and the service manager listens on ${strange.join(' and ')}: run deploy/systemd/listen-on.sh, or change ListenStream of the socket unit`,
    ]);
  }

  /** What `server.listen` takes: the socket with this address, where there is one. */
  listenArguments(server: Server, { port, host }: Place): [Socket, number] | [number, string] {
    const socket = this.sockets.get(nameOf({ address: host, port }));
    if (socket === undefined) return [port, host];
    inheriting.add(server);
    return [socket, BACKLOG];
  }
}

const nameOf = ({ address, port }: Pick<AddressInfo, 'address' | 'port'>): string =>
  `${ipaddr.process(address).toString()} port ${port}`;
