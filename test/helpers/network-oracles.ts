/** What iproute2 itself says, brought into the form of our tools, so that the two can be compared entry by entry. */

import type { Route } from '../../src/network/routes/route.schema.js';

interface IpAddressJson {
  readonly family: string;
  readonly local: string;
  readonly address?: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly broadcast?: string;
  readonly [flag: string]: unknown;
}

interface IpLinkJson {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: string[];
  readonly mtu: number;
  readonly operstate: string;
  readonly link_type: string;
  readonly address?: string;
  readonly master?: string;
  readonly addr_info: IpAddressJson[];
}

const ADDRESS_FLAGS = [
  'secondary',
  'temporary',
  'dynamic',
  'deprecated',
  'tentative',
  'nodad',
  'noprefixroute',
];

/** `ip -j addr`. */
export function expectedInterfaces(json: string): object[] {
  return (JSON.parse(json) as IpLinkJson[]).map((link) => ({
    name: link.ifname,
    index: link.ifindex,
    linkType: link.link_type,
    adminUp: link.flags.includes('UP'),
    operstate: link.operstate.toLowerCase(),
    flags: link.flags.toSorted(),
    mtu: link.mtu,
    mac: link.address ?? null,
    master: link.master ?? null,
    addresses: link.addr_info.map((entry) => ({
      family: entry.family === 'inet' ? 'ipv4' : 'ipv6',
      address: entry.local,
      prefixLength: entry.prefixlen,
      scope: entry.scope,
      broadcast: entry.broadcast ?? null,
      peer: entry.address ?? null,
      flags: ADDRESS_FLAGS.filter((flag) => entry[flag] === true),
    })),
  }));
}

interface CountersJson {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

/** `ip -j -s link`: the counters of every interface, in one flat list of numbers. */
export function expectedCounters(json: string): number[] {
  return (JSON.parse(json) as { stats64: { rx: CountersJson; tx: CountersJson } }[])
    .flatMap(({ stats64 }) => [stats64.rx, stats64.tx])
    .flatMap(({ bytes, packets, errors, dropped }) => [bytes, packets, errors, dropped]);
}

interface IpRouteJson {
  readonly metrics?: readonly { readonly mtu?: number }[];
  readonly tos?: string;
  readonly nhid?: number;
  readonly type?: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly via?: { readonly host: string };
  readonly dev?: string;
  readonly metric?: number;
  readonly protocol?: string;
  readonly scope?: string;
  readonly prefsrc?: string;
  readonly flags: string[];
  readonly weight?: number;
  readonly nexthops?: IpRouteJson[];
}

/** `ip -j -4 route` or `ip -j -6 route`. iproute2 leaves out what is usual: unicast, boot, global, no metric. */
export function expectedRoutes(json: string, family: 'ipv4' | 'ipv6'): object[] {
  return (JSON.parse(json) as IpRouteJson[]).map((route) => ({
    family,
    type: route.type ?? 'unicast',
    destination: cidr(route.dst, family),
    sourcePrefix: null,
    gateway: route.gateway ?? route.via?.host ?? null,
    interface: route.dev ?? null,
    metric: route.metric ?? 0,
    protocol: route.protocol ?? 'boot',
    scope: route.scope ?? 'global',
    preferredSource: route.prefsrc ?? null,
    flags: route.flags,
    nextHops: (route.nexthops ?? []).map(({ gateway, via, dev, weight }) => ({
      gateway: gateway ?? via?.host ?? null,
      interface: dev ?? null,
      weight: weight ?? null,
    })),
    ...(route.dst === 'default' && { default: true }),
    ...(route.metrics?.[0]?.mtu !== undefined && { mtu: route.metrics[0].mtu }),
    ...(route.tos !== undefined && { tos: route.tos }),
    ...(route.nhid !== undefined && { nextHopId: route.nhid }),
  }));
}

function cidr(destination: string, family: 'ipv4' | 'ipv6'): string {
  if (destination === 'default') return family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  return destination.includes('/') ? destination : `${destination}/${family === 'ipv4' ? 32 : 128}`;
}

/**
 * `ip -d -4 route show table all`, one line for each route with its hops, without what the tools do not tell (`pref`).
 */
export function expectedRouteLines(text: string, family: 'ipv4' | 'ipv6'): string[] {
  return (
    text
      .replaceAll(/\n\s+nexthop/g, ' nexthop')
      .split('\n')
      // The nexthop object of the route before.
      .filter((line) => line.trim() !== '' && !line.startsWith('\tnh_info'))
      .map((line) => {
        const words = line.trim().split(/\s+/);
        const of = (name: string, within: readonly string[] = own): string | undefined =>
          within.includes(name) ? within[within.indexOf(name) + 1] : undefined;
        const [own = [], ...hops] = words
          .join(' ')
          .split(' nexthop ')
          .map((part) => part.split(' '));
        const [type = '', destination = ''] = own;
        const encapsulation = (within?: readonly string[]): string[] => {
          const at = (within ?? own).indexOf('encap');
          return at < 0 ? [] : ['encap', ...(within ?? own).slice(at + 1, at + 3)];
        };
        const table = of('table') ?? '';
        return [
          ...[type, cidr(destination, family), ...encapsulation()],
          ...present('via', of('via')),
          ...present('dev', of('dev')),
          ...present('tos', of('tos')),
          ...present('mtu', of('mtu')),
          ...present('nhid', of('nhid')),
          ...present('src', of('src')),
          ...['proto', of('proto') ?? '', 'scope', of('scope') ?? '', 'metric', of('metric') ?? '0'],
          ...hops.flatMap((hop) => [
            ...[
              'nexthop',
              ...encapsulation(hop),
              ...present('via', of('via', hop)),
              ...present('dev', of('dev', hop)),
            ],
            ...present('weight', of('weight', hop)),
          ]),
          ...['table', table],
        ].join(' ');
      })
  );
}

const present = (name: string, value: string | number | null | undefined): string[] =>
  value === undefined || value === null ? [] : [name, String(value)];

/** A route of network_route_table in the form of `expectedRouteLines`. */
export function comparableRoute(route: Route): string {
  const wrapped = ({ encapsulation }: { encapsulation?: string | undefined }): string[] =>
    present('encap', encapsulation);
  return [
    ...[route.type, route.destination, ...wrapped(route)],
    ...present('via', route.gateway),
    ...present('dev', route.interface),
    ...present('tos', route.tos),
    ...present('mtu', route.mtu),
    ...present('nhid', route.nextHopId),
    ...present('src', route.preferredSource),
    ...['proto', route.protocol, 'scope', route.scope, 'metric', route.metric],
    ...route.nextHops.flatMap((hop) => [
      ...['nexthop', ...wrapped(hop), ...present('via', hop.gateway), ...present('dev', hop.interface)],
      ...present('weight', hop.weight),
    ]),
    ...present('table', route.table),
  ].join(' ');
}

/** A socket as ss and our tool both can tell of it. `zone` is null where ss has none. */
export interface ComparableSocket {
  readonly protocol: string;
  readonly state: string;
  readonly receiveQueue: number;
  /** `null` for LISTEN: ss shows the limit of the backlog there, which procfs does not have. */
  readonly sendQueue: number | null;
  readonly local: string;
  readonly peer: string;
  readonly zone: string | null;
  readonly processes: readonly { readonly name: string | null; readonly pid: number; readonly fd: number }[];
}

const SS_STATES: Readonly<Record<string, string>> = {
  ESTAB: 'ESTABLISHED',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECV': 'SYN_RECV',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'TIME-WAIT': 'TIME_WAIT',
  UNCONN: 'UNCONNECTED',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'LAST-ACK': 'LAST_ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
};

/** `ss -H -O -tunap`. */
export function expectedSockets(output: string): ComparableSocket[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [protocol = '', state = '', received, sent, local = '', peer = '', ...users] = line
        .trim()
        .split(/\s+/);
      const isListening = state === 'LISTEN';
      return {
        protocol,
        state: SS_STATES[state] ?? state,
        receiveQueue: Number(received),
        sendQueue: isListening ? null : Number(sent),
        local: plainEndpoint(local),
        peer: plainEndpoint(peer),
        zone: /%([^\]:]+)/.exec(local)?.[1] ?? null,
        processes: [...users.join(' ').matchAll(/\("([^"]*)",pid=(\d+),fd=(\d+)\)/g)].map(
          ([, name = '', pid, fd]) => ({
            name,
            pid: Number(pid),
            fd: Number(fd),
          }),
        ),
      };
    })
    .toSorted(byEnds);
}

/** ss writes `*` for the dual-stack `[::]`, and a port of `*` where there is no peer. */
function plainEndpoint(text: string): string {
  const plain = text.replace(/%[^\]:]+/, '').replace(/^\*:/, '[::]:');
  return plain.endsWith(':*') ? 'none' : plain;
}

interface ToolSocket {
  readonly protocol: string;
  readonly family: string;
  readonly state: string;
  readonly receiveQueue: number;
  readonly sendQueue: number | null;
  readonly local: { readonly address: string; readonly port: number };
  readonly peer: { readonly address: string; readonly port: number } | null;
  readonly zone: string | null;
  readonly processes: readonly { readonly name: string | null; readonly pid: number; readonly fd: number }[];
}

/** The answer of network_connections in the form of `expectedSockets`. */
export function comparableSockets(connections: readonly ToolSocket[]): ComparableSocket[] {
  return connections
    .map(({ protocol, family, state, receiveQueue, sendQueue, local, peer, zone, processes }) => ({
      protocol,
      state,
      receiveQueue,
      sendQueue,
      local: endpointText(local, family),
      peer: peer === null ? 'none' : endpointText(peer, family),
      zone,
      processes,
    }))
    .toSorted(byEnds);
}

function endpointText({ address, port }: ToolSocket['local'], family: string): string {
  return family === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

function byEnds(a: ComparableSocket, b: ComparableSocket): number {
  return socketKey(a) < socketKey(b) ? -1 : 1;
}

function socketKey({ protocol, local, peer, state }: ComparableSocket): string {
  return `${protocol} ${local} ${peer} ${state}`;
}

/** What ping (iputils) has printed: the answers and the errors, each once, as `<seq> <address> <ttl or message>`. */
export function expectedEchoes(text: string): { replies: string[]; errors: string[]; summary: string } {
  const linesOf = (form: RegExp): string[] =>
    distinct([...text.matchAll(form)].map(([, from, seq, more]) => `${seq} ${from} ${more}`));
  return {
    replies: linesOf(/^\d+ bytes from (\S+): icmp_seq=(\d+) ttl=(\d+)/gm),
    errors: linesOf(/^From (\S+?):? icmp_seq=(\d+) (.+)$/gm),
    summary: /^\d+ packets transmitted, \d+ received/m.exec(text)?.[0] ?? text,
  };
}

interface Echoes {
  readonly transmitted: number;
  readonly received: number;
  readonly replies: readonly { readonly seq: number; readonly from: string; readonly ttl: number | null }[];
  readonly icmpErrors: readonly {
    readonly seq: number | null;
    readonly from: string;
    readonly message: string;
  }[];
}

/** The answer of network_ping in the form of `expectedEchoes`. */
export function comparableEchoes({
  transmitted,
  received,
  replies,
  icmpErrors,
}: Echoes): ReturnType<typeof expectedEchoes> {
  return {
    replies: distinct(replies.map(({ seq, from, ttl }) => `${seq} ${from} ${ttl}`)),
    errors: distinct(icmpErrors.map(({ seq, from, message }) => `${seq} ${from} ${message}`)),
    summary: `${transmitted} packets transmitted, ${received} received`,
  };
}

/** Duplicates that come after the last answer are missed by ping itself. */
const distinct = (entries: readonly string[]): string[] => [...new Set(entries)].toSorted();

/** A hop: its responders, the marks of its probes, and how many were silent. */
type ComparableHop = readonly [addresses: string[], marks: string[], silent: number];

/** What `traceroute -n` has printed. */
export function expectedHops(text: string): ComparableHop[] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => [
      [...new Set(line.match(/(?<= )[0-9a-f]+(?:[.:]+[0-9a-f]+)+(?= {2})/g))].toSorted(),
      line.match(/![A-Z]\S*/g) ?? [],
      line.match(/\*/g)?.length ?? 0,
    ]);
}

interface Hop {
  readonly responders: readonly { readonly address: string }[];
  readonly probes: readonly ({ readonly annotation: string | null } | null)[];
}

/** Hops of network_traceroute in the form of `expectedHops`. */
export function comparableHops(hops: readonly Hop[]): ComparableHop[] {
  return hops.map(({ responders, probes }) => [
    responders.map(({ address }) => address).toSorted(),
    probes.map((probe) => probe?.annotation ?? null).filter((mark) => mark !== null),
    probes.filter((probe) => probe === null).length,
  ]);
}
