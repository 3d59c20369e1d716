import { parseSsLine } from './ss.parser.js';

/** From `ss -H -n -l -t -u -e` of iproute2 6.1. */
describe('parseSsLine', () => {
  it.each([
    [
      'a backlog',
      'tcp LISTEN 1      7       127.0.0.1:4001 0.0.0.0:* ino:3882205 sk:1065 cgroup:/ <->         ',
      { backlog: 7 },
    ],
    [
      'a device',
      'tcp LISTEN 0      7      0.0.0.0%lo:4002 0.0.0.0:* ino:3882205 sk:1066 cgroup:/ <->         ',
      { backlog: 7, device: 'lo' },
    ],
    [
      'a dual stack',
      'tcp LISTEN 0      7               *:4003       *:* ino:3882205 sk:1067 cgroup:/ v6only:0 <->',
      { backlog: 7, dualStack: true },
    ],
    [
      'one that is none',
      'tcp LISTEN 0      7            [::]:4004    [::]:* ino:3882205 sk:1068 cgroup:/ v6only:1 <->',
      { backlog: 7, dualStack: false },
    ],
    [
      'a dual stack on a device',
      'tcp LISTEN 0      7            *%lo:4005       *:* ino:3882205 sk:1069 cgroup:/ v6only:0 <->',
      { backlog: 7, dualStack: true, device: 'lo' },
    ],
    [
      'a datagram socket on a device',
      'udp UNCONN 0      0         [::]%lo:4008    [::]:* uid:33 ino:3882205 sk:1064 cgroup:/ v6only:1 <->',
      { dualStack: false, device: 'lo' },
    ],
    [
      'a connection on a device',
      'tcp ESTAB 0      0      127.0.0.1%lo:54644 127.0.0.1:4001 ino:3882205 sk:cc cgroup:/ <->  ',
      { device: 'lo' },
    ],
    [
      'a zone, which is no device',
      'tcp LISTEN 0      511   [fe80::1]%v0:8005     [::]:* ino:3882205 sk:2 cgroup:/ v6only:0 <->',
      { backlog: 511, dualStack: true },
    ],
  ])('reads %s', (_name, line, detail) => {
    expect(parseSsLine(line)).toEqual({ inode: '3882205', detail });
  });

  it.each([
    '',
    'Netid State Recv-Q',
    'nl UNCONN 0 0 0:1 0:* ino:7',
    'tcp TIME-WAIT 0 0 1.1.1.1:1 1.1.1.1:2 ino:0',
    'tcp LISTEN 0 0 1.1.1.1:1 1.1.1.1:*',
  ])('passes over %p', (line) => expect(parseSsLine(line)).toBeNull());
});
