import { type Measurement, measure } from './measurement.js';
import { type ParsedPing, parsePing } from './ping.parser.js';

/**
 * Output of iputils 20221126, captured in network namespaces; the partial loss and the error from a link-local router
 * are made after its source.
 */
describe('parsePing', () => {
  /** The figures that the tool makes of the replies: they have to be those of ping itself. */
  const figuresOf = ({ replies, icmpErrors, summary }: ParsedPing): Measurement =>
    measure(
      Array.from({ length: summary?.transmitted ?? 0 }, (_, index) => ({
        seq: index + 1,
        replies: replies.filter(({ seq }) => seq === index + 1),
        icmpErrors: icmpErrors.filter(({ seq }) => seq === index + 1),
        pending: false,
      })),
    );

  it('reads replies and round-trip times over IPv4', () => {
    const output = `PING 10.2.0.2 (10.2.0.2) 56(84) bytes of data.
64 bytes from 10.2.0.2: icmp_seq=1 ttl=63 time=0.080 ms
64 bytes from 10.2.0.2: icmp_seq=2 ttl=63 time=0.052 ms

--- 10.2.0.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 200ms
rtt min/avg/max/mdev = 0.052/0.066/0.080/0.014 ms
`;
    expect(figuresOf(parsePing(output))).toEqual({
      transmitted: 2,
      received: 2,
      pending: 0,
      duplicates: 0,
      lossPercent: 0,
      rttMs: { min: 0.052, avg: 0.066, max: 0.08, mdev: 0.014 },
      replies: [
        { seq: 1, from: '10.2.0.2', ttl: 63, ms: 0.08, duplicate: false, notes: [] },
        { seq: 2, from: '10.2.0.2', ttl: 63, ms: 0.052, duplicate: false, notes: [] },
      ],
      icmpErrors: [],
    });
  });

  it('reads replies over IPv6, where addresses have colons and zones', () => {
    const output = `PING ff02::1%c0(ff02::1%c0) 56 data bytes
64 bytes from fe80::f41b:43ff:fe75:6190%c0: icmp_seq=1 ttl=64 time=0.031 ms
64 bytes from fe80::b40d:eaff:fec2:31ca%c0: icmp_seq=1 ttl=64 time=0.048 ms
64 bytes from fe80::f41b:43ff:fe75:6190%c0: icmp_seq=2 ttl=64 time=0.044 ms

--- ff02::1%c0 ping statistics ---
2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time 201ms
rtt min/avg/max/mdev = 0.031/0.041/0.048/0.007 ms
`;
    const parsed = figuresOf(parsePing(output));
    expect(parsed).toMatchObject({ received: 2, duplicates: 1 });
    expect(parsed.replies.map(({ seq, from, duplicate }) => [seq, from, duplicate])).toEqual([
      [1, 'fe80::f41b:43ff:fe75:6190%c0', false],
      [1, 'fe80::b40d:eaff:fec2:31ca%c0', true],
      [2, 'fe80::f41b:43ff:fe75:6190%c0', false],
    ]);
  });

  it('marks duplicates', () => {
    const output = `PING 10.2.0.2 (10.2.0.2) 56(84) bytes of data.
64 bytes from 10.2.0.2: icmp_seq=1 ttl=63 time=0.061 ms
64 bytes from 10.2.0.2: icmp_seq=1 ttl=63 time=0.232 ms (DUP!)
64 bytes from 10.2.0.2: icmp_seq=2 ttl=63 time=0.057 ms
64 bytes from 10.2.0.2: icmp_seq=2 ttl=63 time=0.263 ms (DUP!)
64 bytes from 10.2.0.2: icmp_seq=3 ttl=63 time=0.056 ms

--- 10.2.0.2 ping statistics ---
3 packets transmitted, 3 received, +2 duplicates, 0% packet loss, time 407ms
rtt min/avg/max/mdev = 0.056/0.133/0.263/0.093 ms
`;
    const parsed = figuresOf(parsePing(output));
    expect(parsed).toMatchObject({ transmitted: 3, received: 3, duplicates: 2 });
    expect(parsed.replies.map(({ duplicate }) => duplicate)).toEqual([false, true, false, true, false]);
  });

  it('reads a total loss as a measurement', () => {
    const output = `PING 10.66.0.1 (10.66.0.1) 56(84) bytes of data.

--- 10.66.0.1 ping statistics ---
2 packets transmitted, 0 received, 100% packet loss, time 204ms

`;
    expect(figuresOf(parsePing(output))).toEqual({
      transmitted: 2,
      received: 0,
      pending: 0,
      duplicates: 0,
      lossPercent: 100,
      rttMs: null,
      replies: [],
      icmpErrors: [],
    });
  });

  it('reads a partial loss', () => {
    const output = `PING 10.2.0.2 (10.2.0.2) 56(84) bytes of data.
64 bytes from 10.2.0.2: icmp_seq=2 ttl=63 time=0.052 ms

--- 10.2.0.2 ping statistics ---
3 packets transmitted, 1 received, 66.6667% packet loss, time 402ms
rtt min/avg/max/mdev = 0.052/0.052/0.052/0.000 ms, pipe 2
`;
    expect(figuresOf(parsePing(output))).toMatchObject({
      received: 1,
      lossPercent: 66.667,
      rttMs: { max: 0.052 },
    });
  });

  it.each([
    ['From 10.1.0.2 icmp_seq=1 Destination Host Unreachable', '10.1.0.2', 'Destination Host Unreachable'],
    ['From 10.1.0.2 icmp_seq=1 Time to live exceeded', '10.1.0.2', 'Time to live exceeded'],
    [
      'From fd01::2 icmp_seq=1 Destination unreachable: No route',
      'fd01::2',
      'Destination unreachable: No route',
    ],
    [
      'From fe80::1%c0: icmp_seq=1 Destination unreachable: Address unreachable',
      'fe80::1%c0',
      'Destination unreachable: Address unreachable',
    ],
  ])('reads the ICMP error %j', (line, from, message) => {
    const output = `${line}\n\n--- x ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n`;
    expect(figuresOf(parsePing(output))).toMatchObject({
      received: 0,
      icmpErrors: [{ seq: 1, from, message }],
    });
  });

  it('tells output without a summary: ping has sent nothing', () => {
    expect(parsePing('')).toMatchObject({ started: false, summary: null });
    expect(parsePing('PING 10.2.0.2 (10.2.0.2) 56(84) bytes of data.\n')).toMatchObject({
      started: true,
      summary: null,
    });
  });

  it.each([
    [
      'busybox',
      'PING 127.0.0.1 (127.0.0.1): 56 data bytes',
      '64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.064 ms',
    ],
    ['inetutils', 'PING ::1 (::1): 56 data bytes', '64 bytes from ::1: icmp_seq=0 ttl=64 time=0.064 ms'],
    ['iputils', 'PING ::1(::1) 56 data bytes', '64 bytes from ::1: icmp_seq=1 ttl=64 time=0.064 ms'],
    [
      'iputils, old',
      'PING ::1(::1) 56 data bytes',
      '64 bytes from ::1 (::1): icmp_seq=1 ttl=64 time=0.064 ms',
    ],
  ])('reads the replies of %s', (_make, header, line) => {
    const { started, replies } = parsePing(`${header}\n${line}\n`);
    expect(started).toBe(true);
    expect(replies).toMatchObject([{ ttl: 64, ms: 0.064, duplicate: false, notes: [] }]);
    expect(['127.0.0.1', '::1']).toContain(replies[0]?.from);
  });

  it.each([
    ['2 packets transmitted, 2 packets received, 0% packet loss', 2, 2],
    ['2 packets transmitted, 1 packets received, 50% packet loss', 2, 1],
    ['3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2034ms', 3, 0],
  ])('reads the sum %j', (line, transmitted, received) => {
    expect(parsePing(line).summary).toEqual({ transmitted, received });
  });

  it.each([
    ['28 bytes from 10.80.0.12: icmp_seq=1 ttl=64 (truncated)', ['truncated']],
    [
      '64 bytes from 10.80.0.99: icmp_seq=1 ttl=64 time=0.270 ms (DIFFERENT ADDRESS!)',
      ['DIFFERENT ADDRESS!'],
    ],
    [
      '64 bytes from 10.80.0.13: icmp_seq=1 ttl=64 time=0.1 ms\nwrong data byte #20 should be 0x14 but was 0xff',
      ['wrong data byte #20 should be 0x14 but was 0xff'],
    ],
    ['64 bytes from 10.80.0.9: icmp_seq=1 ttl=64 time=0.2 ms (BAD CHECKSUM!) (DUP!)', ['BAD CHECKSUM!']],
    [
      'checksum mismatch from 10.80.0.21\n64 bytes from 10.80.0.21: icmp_seq=0 ttl=64 time=15.533 ms',
      ['BAD CHECKSUM!'],
    ],
  ])('keeps what ping remarks in %j', (lines, notes) => {
    expect(parsePing(lines).replies).toMatchObject([{ notes }]);
  });

  it.each([
    ['92 bytes from 10.90.0.1: Destination Host Unreachable', '10.90.0.1', 'Destination Host Unreachable'],
    ['36 bytes from 10.80.0.2: Redirect Host', '10.80.0.2', 'Redirect Host'],
    ['36 bytes from 10.80.0.2: Frag reassembly time exceeded', '10.80.0.2', 'Frag reassembly time exceeded'],
  ])('reads the error of inetutils %j', (line, from, message) => {
    expect(parsePing(line).icmpErrors).toEqual([{ seq: null, from, message }]);
  });

  it.each([
    'time=0,123 ms',
    'time=1',
    'time=12.',
    'time=12.5',
    'time=12.5 m',
    'time=1.2.3 ms',
    'time=NaN ms',
  ])('takes %j for no time, and the answer for one', (time) => {
    const { replies } = parsePing(`64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 ${time}`);
    expect(replies).toEqual([expect.objectContaining({ seq: 1, ttl: 64, ms: null })]);
  });

  it('takes an answer with a wrong checksum for none', () => {
    const line = '64 bytes from 10.80.0.9: icmp_seq=1 ttl=64 time=0.2 ms (BAD CHECKSUM!)';
    const { replies } = parsePing(line);
    expect(measure([{ seq: 1, replies, icmpErrors: [], pending: false }])).toMatchObject({
      received: 0,
      lossPercent: 100,
      rttMs: null,
    });
  });

  it('takes what is still waited for neither for answered nor for lost', () => {
    const { replies } = parsePing('64 bytes from 10.80.0.9: icmp_seq=1 ttl=64 time=0.2 ms');
    const open = { replies: [], icmpErrors: [], pending: true };
    expect(
      measure([
        { ...open, seq: 1, replies },
        { ...open, seq: 2 },
      ]),
    ).toMatchObject({
      transmitted: 2,
      received: 1,
      pending: 1,
      lossPercent: 0,
    });
  });
});
