/** The counters that show trouble, in the order in which they are told. */
export const COUNTERS = [
  'Tcp.OutSegs',
  'Tcp.RetransSegs',
  'TcpExt.TCPSynRetrans',
  'TcpExt.TCPTimeouts',
  'TcpExt.ListenOverflows',
  'TcpExt.ListenDrops',
  'TcpExt.TCPReqQFullDrop',
  'TcpExt.SyncookiesSent',
  'TcpExt.TCPBacklogDrop',
  'TcpExt.TCPAbortOnMemory',
  'Tcp.AttemptFails',
  'Tcp.EstabResets',
  'Tcp.InErrs',
  'Tcp.OutRsts',
  'Udp.NoPorts',
  'Udp.InErrors',
  'Udp.RcvbufErrors',
  'Udp.SndbufErrors',
  'Udp6.RcvbufErrors',
  'Udp6.SndbufErrors',
] as const;

/**
 * /proc/net/snmp and /proc/net/netstat (net/ipv4/proc.c): pairs of lines, `Udp: InDatagrams NoPorts` and
 * `Udp: 17 3`; /proc/net/snmp6: a line each, `Udp6RcvbufErrors   0`.
 */
export function parseCounters(...texts: readonly string[]): Map<string, bigint> {
  const counters = new Map<string, bigint>();
  for (const text of texts) {
    let names: string[] = [];
    for (const line of text.split('\n')) {
      const words = line.split(/\s+/).filter((word) => word !== '');
      const [group = '', first = ''] = words;
      if (!group.endsWith(':')) {
        if (isNumber(first)) counters.set(group.replace(/^(Udp6|Ip6)/, '$1.'), BigInt(first));
      } else if (names[0] !== group || !words.slice(1).every(isNumber)) names = words;
      else {
        for (const [at, value] of words.entries()) {
          if (at > 0 && names[at] !== undefined)
            counters.set(`${group.slice(0, -1)}.${names[at]}`, BigInt(value));
        }
        names = [];
      }
    }
  }
  return counters;
}

// Of a few, such as Tcp.MaxConn, -1 is the value.
const isNumber = (text: string): boolean => /^-?\d{1,20}$/.test(text);
