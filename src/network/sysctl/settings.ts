/** A kernel setting (Documentation/networking/ip-sysctl.rst), and what its values mean. */
export interface KnownSetting {
  readonly name: string;
  /** `undefined` for a value that has no entry. */
  readonly meaning: (value: string) => string | undefined;
}

const by =
  (meanings: Readonly<Record<string, string>>) =>
  (value: string): string | undefined =>
    meanings[value];

const always = (meaning: string) => (): string => meaning;

/** 0 is one thing, and every other number another. */
const isOn =
  (on: string, off: string) =>
  (value: string): string =>
    value === '0' ? off : on;

export const FORWARDING = isOn('Forwards packets of others: a router.', 'Forwards nothing: a host.');
export const RP_FILTER = by({
  0: 'Takes packets whatever their source.',
  1: 'Strict: drops packets whose answer would leave by another interface; asymmetric routes break.',
  2: 'Loose: drops packets whose source no route leads to.',
});
export const DISABLE_IPV6 = isOn('IPv6 is off.', 'IPv6 is on.');

export const SETTINGS: readonly KnownSetting[] = [
  { name: 'net.ipv4.ip_forward', meaning: FORWARDING },
  { name: 'net.ipv6.conf.all.forwarding', meaning: FORWARDING },
  { name: 'net.ipv4.conf.all.rp_filter', meaning: RP_FILTER },
  { name: 'net.ipv6.conf.all.disable_ipv6', meaning: DISABLE_IPV6 },
  {
    name: 'net.ipv6.conf.default.accept_ra',
    meaning: by({
      0: 'Takes no routes from router advertisements.',
      1: 'Takes routes from router advertisements unless it forwards.',
      2: 'Takes routes from router advertisements even when it forwards.',
    }),
  },
  {
    name: 'net.ipv4.conf.all.arp_ignore',
    meaning: by({
      0: 'Answers ARP for any own address on every interface.',
      1: 'Answers ARP only for addresses of the interface that is asked.',
      2: 'Answers ARP only for addresses of the interface, and within its subnet.',
    }),
  },
  {
    name: 'net.ipv4.tcp_ecn',
    meaning: by({
      0: 'Never uses ECN.',
      1: 'Asks for ECN: some old firewalls drop such connections.',
      2: 'Uses ECN when the other side asks for it.',
    }),
  },
  {
    name: 'net.ipv4.tcp_mtu_probing',
    meaning: by({
      0: 'TCP hangs in an MTU black hole.',
      1: 'TCP probes for smaller packets once it has met a black hole.',
      2: 'TCP always probes for the MTU.',
    }),
  },
  {
    name: 'net.ipv4.ip_no_pmtu_disc',
    meaning: by({
      0: 'Discovers path MTUs.',
      1: 'Does not discover path MTUs: packets may be fragmented on the way.',
      2: 'Ignores what routers say of path MTUs.',
      3: 'Takes only what routers prove of path MTUs.',
    }),
  },
  {
    name: 'net.ipv4.icmp_echo_ignore_all',
    meaning: isOn('Answers no ping: silence does not mean that it is down.', 'Answers ping.'),
  },
  { name: 'net.ipv4.ping_group_range', meaning: pingGroups },
  { name: 'net.ipv4.ip_local_port_range', meaning: portRange },
  {
    name: 'net.ipv4.tcp_syncookies',
    meaning: by({
      0: 'Drops new connections when too many are half open.',
      1: 'Answers with cookies when too many connections are half open.',
      2: 'Answers every new connection with cookies.',
    }),
  },
  {
    name: 'net.core.somaxconn',
    meaning: always('Most connections that may wait for a process to accept them.'),
  },
  {
    name: 'net.ipv4.neigh.default.gc_thresh3',
    meaning: always('Most ARP entries: beyond, new neighbours cannot be reached.'),
  },
  {
    name: 'net.netfilter.nf_conntrack_max',
    meaning: always('Most tracked connections: beyond, packets of new ones are dropped.'),
  },
  {
    name: 'net.bridge.bridge-nf-call-iptables',
    meaning: isOn('Bridged packets go through iptables as well.', 'Bridged packets pass by iptables.'),
  },
];

function pingGroups(value: string): string {
  const [low = '1', high = '0'] = value.split(/\s+/);
  return Number(low) <= Number(high)
    ? `Groups ${low} to ${high} may ping without privilege.`
    : 'Nobody may ping without privilege.';
}

function portRange(value: string): string {
  const [low = '0', high = '0'] = value.split(/\s+/);
  return `${Math.max(0, Number(high) - Number(low) + 1)} ports for connections that this machine opens to one service.`;
}
