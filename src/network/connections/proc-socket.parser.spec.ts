import type { Family } from '../host/kernel-address.js';
import type { Protocol } from './connection.schema.js';
import { parseProcSocket } from './proc-socket.parser.js';

/** Captured on a little-endian machine; ss -tunap said beside it what is expected here. */
describe('parseProcSocket', () => {
  it.each<[string, Protocol, Family, string, object]>([
    [
      'a listening socket',
      'tcp',
      'ipv4',
      '   0: 00000000:1F41 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 59692 1 00000000b3737b4d 100 0 0 10 0',
      {
        state: 'LISTEN',
        local: { address: '0.0.0.0', port: 8001 },
        peer: null,
        receiveQueue: 3,
        sendQueue: null,
        uid: 0,
        inode: '59692',
      },
    ],
    [
      'a connection with IPv4-mapped ends and unread bytes',
      'tcp',
      'ipv6',
      '   1: 0000000000000000FFFF00000100007F:1F42 0000000000000000FFFF00000100007F:A4BC 01 00000000:00000005 00:00000000 00000000  1000        0 59698 1 00000000c1e1a10d 20 4 30 10 -1',
      {
        state: 'ESTABLISHED',
        local: { address: '::ffff:127.0.0.1', port: 8002 },
        peer: { address: '::ffff:127.0.0.1', port: 42172 },
        receiveQueue: 5,
        sendQueue: 0,
        uid: 1000,
        inode: '59698',
      },
    ],
    [
      'an attempt to connect',
      'tcp',
      'ipv4',
      '  11: 0100010A:D2F4 0100420A:1B58 02 00000001:00000000 01:00000064 00000001     0        0 60001 2 00000000f8a06d7a 200 0 0 1 7',
      {
        state: 'SYN_SENT',
        local: { address: '10.1.0.1', port: 54004 },
        peer: { address: '10.66.0.1', port: 7000 },
        receiveQueue: 0,
        sendQueue: 1,
        uid: 0,
        inode: '60001',
      },
    ],
    [
      'a connection that has ended and waits',
      'tcp',
      'ipv4',
      '   3: 0100007F:C3AA 0100007F:1FBB 06 00000000:00000000 03:00000F5C 00000000     0        0 0 3 00000000a27ee2d6',
      {
        state: 'TIME_WAIT',
        local: { address: '127.0.0.1', port: 50090 },
        peer: { address: '127.0.0.1', port: 8123 },
        receiveQueue: 0,
        sendQueue: 0,
        uid: 0,
        inode: '0',
      },
    ],
    [
      'an unconnected datagram socket',
      'udp',
      'ipv6',
      ' 6013: 00000000000000000000000000000000:1FA6 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 59694 2 00000000b3d3ee21 0',
      {
        state: 'UNCONNECTED',
        local: { address: '::', port: 8102 },
        peer: null,
        receiveQueue: 0,
        sendQueue: 0,
        uid: 0,
        inode: '59694',
      },
    ],
    [
      'a connected datagram socket',
      'udp',
      'ipv6',
      ' 7020: 00000000000000000000000001000000:E395 00000000000000000000000001000000:1FA6 01 00000000:00000000 00:00000000 00000000     0        0 59695 2 00000000af4a54c1 0',
      {
        state: 'ESTABLISHED',
        local: { address: '::1', port: 58261 },
        peer: { address: '::1', port: 8102 },
        receiveQueue: 0,
        sendQueue: 0,
        uid: 0,
        inode: '59695',
      },
    ],
  ])('reads %s', (_name, protocol, family, line, expected) => {
    expect(parseProcSocket(line, protocol, family)).toEqual({ protocol, family, ...expected });
  });

  it('names every state of the kernel', () => {
    const states = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '0A', '0B', '0C'].map(
      (code) =>
        parseProcSocket(
          `0: 0100007F:0001 0100007F:0002 ${code} 00000000:00000000 00:00000000 00000000 0 0 7 1`,
          'tcp',
          'ipv4',
        )?.state,
    );
    expect(states).toEqual([
      'ESTABLISHED',
      'SYN_SENT',
      'SYN_RECV',
      'FIN_WAIT1',
      'FIN_WAIT2',
      'TIME_WAIT',
      'CLOSE',
      'CLOSE_WAIT',
      'LAST_ACK',
      'LISTEN',
      'CLOSING',
      'SYN_RECV',
    ]);
  });

  it('refuses the heading', () => {
    const heading =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
    expect(parseProcSocket(heading, 'tcp', 'ipv4')).toBeNull();
    expect(parseProcSocket('', 'udp', 'ipv6')).toBeNull();
  });
});
