import { covers, type IpPrefix, parsePrefix } from '../host/ip-prefix.js';
import { Page, type PageOptions } from '../host/table-reading.js';
import type { ConnectionsInput, ConnectionState, StateCount } from './connection.schema.js';
import { STATES } from './socket-states.js';
import type { ProcSocket } from './proc-socket.parser.js';
import type { SocketDetail } from './ss.parser.js';

/** Which sockets are asked for. */
export type SocketFilter = Partial<
  Pick<
    ConnectionsInput,
    'protocol' | 'family' | 'state' | 'localPort' | 'peerPort' | 'address' | 'process' | 'device'
  >
>;

/** What has been found out before the sockets go by. */
export interface Beforehand {
  /** By inode. */
  readonly details: ReadonlyMap<string, SocketDetail>;
  /** The inodes of the sockets that the process has that is asked for. */
  readonly ofProcess: ReadonlySet<string> | undefined;
  readonly zoneOf: (address: string) => string | null;
}

/** Of the sockets that go by, a page of those that match, and how many are in which state. */
export class SocketSelection {
  readonly page: Page<ProcSocket>;
  private readonly counts = new Map<ConnectionState, number>();
  private readonly wanted: IpPrefix | null;
  private readonly filter: SocketFilter;
  private readonly beforehand: Beforehand;

  constructor(filter: SocketFilter, options: PageOptions, beforehand: Beforehand) {
    this.filter = filter;
    this.beforehand = beforehand;
    this.page = new Page(options);
    this.wanted = filter.address === undefined ? null : parsePrefix(filter.address);
  }

  get states(): StateCount[] {
    return STATES.flatMap((state) => {
      const count = this.counts.get(state);
      return count === undefined ? [] : [{ state, count }];
    });
  }

  offer(socket: ProcSocket): void {
    if (!this.matches(socket)) return;
    this.counts.set(socket.state, (this.counts.get(socket.state) ?? 0) + 1);
    this.page.offer(socket);
  }

  private matches(socket: ProcSocket): boolean {
    const { protocol, family, state, localPort, peerPort, address, device } = this.filter;
    const { ofProcess } = this.beforehand;
    return (
      (protocol === undefined || socket.protocol === protocol) &&
      (family === undefined || socket.family === family) &&
      (state === undefined || socket.state === state) &&
      (localPort === undefined || socket.local.port === localPort) &&
      (peerPort === undefined || socket.peer?.port === peerPort) &&
      (ofProcess === undefined || ofProcess.has(socket.inode)) &&
      (device === undefined || this.deviceOf(socket) === device) &&
      (address === undefined || this.hasAddress(socket))
    );
  }

  private deviceOf({ inode, local }: ProcSocket): string | null {
    const { details, zoneOf } = this.beforehand;
    return details.get(inode)?.device ?? zoneOf(local.address);
  }

  private hasAddress({ local, peer }: ProcSocket): boolean {
    return [local, peer].some((end) => {
      const prefix = end === null ? null : parsePrefix(end.address);
      return prefix !== null && this.wanted !== null && covers(this.wanted, prefix);
    });
  }
}
