import { addressFromHostWords, type Family } from '../host/kernel-address.js';
import type { Connection, ConnectionState, Protocol } from './connection.schema.js';

/** A socket as the kernel lists it, before its owners are known. */
export interface ProcSocket extends Omit<Connection, 'processes' | 'zone'> {
  /** Inode of the socket; `0` when no process can hold it any more. */
  readonly inode: string;
}

/** `TCP_*` of include/net/tcp_states.h, in hexadecimal. UDP borrows two of them. */
const TCP_STATES: Readonly<Record<string, ConnectionState>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
  '0C': 'SYN_RECV',
};

/**
 * A line of /proc/net/{tcp,tcp6,udp,udp6} (Documentation/networking/proc_net_tcp.rst): slot, local and remote
 * address:port, state, send:receive queue, timer, retransmits, uid, time-out and inode. `null` for the heading.
 */
export function parseProcSocket(line: string, protocol: Protocol, family: Family): ProcSocket | null {
  const [, local, remote, code, queues, , , uid, , inode] = line.trim().split(/\s+/);
  if (local === undefined || remote === undefined || queues === undefined || inode === undefined) return null;
  const state = stateOf(code ?? '', protocol);
  if (state === null) return null;
  const [sent = '0', received = '0'] = queues.split(':');
  const peer = parseEndpoint(remote);
  return {
    protocol,
    family,
    state,
    local: parseEndpoint(local),
    peer: isWildcard(peer) ? null : peer,
    receiveQueue: Number.parseInt(received, 16),
    sendQueue: state === 'LISTEN' ? null : Number.parseInt(sent, 16),
    uid: Number(uid),
    inode,
  };
}

function stateOf(code: string, protocol: Protocol): ConnectionState | null {
  if (protocol === 'udp') return code === '01' ? 'ESTABLISHED' : code === '07' ? 'UNCONNECTED' : null;
  return TCP_STATES[code] ?? null;
}

/** The port is a number in hexadecimal, in spite of the byte order of the address before it. */
function parseEndpoint(text: string): Connection['local'] {
  const [address = '', port = '0'] = text.split(':');
  return { address: addressFromHostWords(address), port: Number.parseInt(port, 16) };
}

function isWildcard({ address, port }: Connection['local']): boolean {
  return port === 0 && (address === '0.0.0.0' || address === '::');
}
