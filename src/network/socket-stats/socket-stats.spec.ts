import { parseCounters } from './snmp.parser.js';
import { SsInfo, type TcpInfo } from './ss-info.parser.js';

describe(parseCounters, () => {
  const SNMP = `Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens RetransSegs
Tcp: 1 200 120000 -1 31 18446744073709551615 7
Udp: InDatagrams NoPorts InErrors
Udp: 17 3 2
`;
  const NETSTAT = `TcpExt: SyncookiesSent ListenOverflows
TcpExt: 0 4
IpExt: InNoRoutes
IpExt: 5
`;
  const SNMP6 = `Ip6InReceives                   	112
Udp6RcvbufErrors                	9
`;

  it('pairs names with values, exact to the last of 64 bits', () => {
    const counters = parseCounters(SNMP, SNMP6, NETSTAT);
    expect(counters.get('Tcp.RetransSegs')).toBe(7n);
    expect(counters.get('Tcp.PassiveOpens')).toBe(18_446_744_073_709_551_615n);
    expect(counters.get('Udp.NoPorts')).toBe(3n);
    expect(counters.get('TcpExt.ListenOverflows')).toBe(4n);
    expect(counters.get('Udp6.RcvbufErrors')).toBe(9n);
  });

  it('makes nothing of other texts', () => {
    expect(parseCounters('', 'Tcp: a b\nUdp: 1 2\n', 'one').size).toBe(0);
  });
});

describe(SsInfo, () => {
  /** `ss -H -n -t -i` of iproute2 6.1, shortened. */
  const SS = `ESTAB 0      0       127.0.0.1:39791 127.0.0.1:60554
\t bbr wscale:10,10 rto:208 rtt:0.013/0.006 ato:40 mss:32768 cwnd:10 minrtt:0.013 snd_wnd:65536
ESTAB 0 1448 10.1.0.1:22 10.2.0.2:5000
\t cubic wscale:7,7 rto:404 rtt:203.5/12 mss:1448 bytes_retrans:2896 retrans:1/3 lost:1 minrtt:200
SYN-SENT 0 1 [fd01::1]:5 [fd02::2]:6
\t cubic rto:1000 mss:524 retrans:1/1
`;
  const read = (...parts: readonly string[]): TcpInfo[] => {
    const found: TcpInfo[] = [];
    const info = new SsInfo((entry) => found.push(entry));
    for (const part of parts) info.add(part);
    return found;
  };
  const EXPECTED = [
    { local: '127.0.0.1:39791', peer: '127.0.0.1:60554', rttMs: 0.013, retransmits: 0 },
    { local: '10.1.0.1:22', peer: '10.2.0.2:5000', rttMs: 203.5, retransmits: 3 },
    { local: '[fd01::1]:5', peer: '[fd02::2]:6', rttMs: null, retransmits: 1 },
  ];

  it('reads round trips and retransmissions', () => {
    expect(read(SS)).toEqual(EXPECTED);
  });

  it('minds no cut in the middle of a line', () => {
    for (const at of [1, 40, 80, 170, 250]) expect(read(SS.slice(0, at), SS.slice(at))).toEqual(EXPECTED);
  });
});
