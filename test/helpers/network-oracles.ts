/** What iproute2 itself says, brought into the form of our tools, so that the two can be compared entry by entry. */

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
