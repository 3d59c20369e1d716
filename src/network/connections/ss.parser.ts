/** What only netlink knows of a socket. */
export interface SocketDetail {
  /** The interface that the socket is bound to. */
  readonly device?: string;
  /** Most connections that wait for the process to accept them. */
  readonly backlog?: number;
  /** Whether an IPv6 socket that waits takes IPv4 as well. */
  readonly dualStack?: boolean;
}

export interface DetailedSocket {
  readonly inode: string;
  readonly detail: SocketDetail;
}

/**
 * A line of `ss -n -t -u -e` (iproute2, misc/ss.c): protocol, state, queues, both ends, and words such as `ino:123`
 * and `v6only:0`. An end has its device behind a percent sign. `null` for a line of another form, and for a socket
 * that no process holds.
 */
export function parseSsLine(line: string): DetailedSocket | null {
  const [protocol, state, , sendQueue, local, peer, ...words] = line.trim().split(/\s+/);
  if (local === undefined || peer === undefined || (protocol !== 'tcp' && protocol !== 'udp')) return null;
  const inode = valueOf(words, 'ino:');
  if (inode === undefined || inode === '0' || !/^\d{1,20}$/.test(inode)) return null;
  const device = deviceOf(local);
  const v6only = valueOf(words, 'v6only:');
  const isListening = state === 'LISTEN';
  const waits = isListening || state === 'UNCONN';
  const detail = {
    ...(device !== undefined && { device }),
    ...(isListening && /^\d{1,10}$/.test(sendQueue ?? '') && { backlog: Number(sendQueue) }),
    ...(waits && v6only !== undefined && { dualStack: v6only === '0' }),
  };
  return { inode, detail };
}

const valueOf = (words: readonly string[], name: string): string | undefined =>
  words.find((word) => word.startsWith(name))?.slice(name.length);

/** A link-local address has its zone there, whether or not the socket is bound to it. */
function deviceOf(end: string): string | undefined {
  const at = end.indexOf('%');
  if (at === -1 || end.startsWith('[fe80:') || end.startsWith('fe80:')) return undefined;
  const device = end.slice(at + 1, end.lastIndexOf(':'));
  return device.endsWith(']') ? device.slice(0, -1) : device;
}
