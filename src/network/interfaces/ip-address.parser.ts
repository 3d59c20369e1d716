import type { InterfaceAddress, InterfaceCounters, NetworkInterface } from './interface.schema.js';

/** What we use of an element of `ip -d -s -j addr` (iproute2, ip/ipaddress.c). */
export interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly operstate?: string;
  readonly link_type: string;
  readonly address?: string;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly IpAddress[];
  readonly stats64?: IpStatistics;
  readonly stats?: IpStatistics;
}

interface IpAddress {
  readonly family: string;
  readonly local: string;
  /** The peer of a point-to-point link; absent otherwise. */
  readonly address?: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly broadcast?: string;
}

interface IpStatistics {
  readonly rx: InterfaceCounters;
  readonly tx: InterfaceCounters;
}

/** From iproute2's form to ours. It prints `{}` for links that its own filters leave out. */
export function interfacesFromIp(links: readonly Partial<IpLink>[]): NetworkInterface[] {
  return links.filter((link): link is IpLink => link.ifname !== undefined).map(toInterface);
}

function toInterface(link: IpLink): NetworkInterface {
  const statistics = link.stats64 ?? link.stats;
  return {
    name: link.ifname,
    index: link.ifindex,
    linkType: link.link_type,
    kind: link.linkinfo?.info_kind ?? null,
    adminUp: link.flags.includes('UP'),
    operstate: (link.operstate ?? 'unknown').toLowerCase(),
    flags: [...link.flags],
    mtu: link.mtu,
    mac: link.address ?? null,
    master: link.master ?? null,
    addresses: (link.addr_info ?? []).filter(isInternet).map(toAddress),
    rx: toCounters(statistics?.rx),
    tx: toCounters(statistics?.tx),
  };
}

const isInternet = ({ family }: IpAddress): boolean => family === 'inet' || family === 'inet6';

function toAddress(entry: IpAddress): InterfaceAddress {
  return {
    family: entry.family === 'inet' ? 'ipv4' : 'ipv6',
    address: entry.local,
    prefixLength: entry.prefixlen,
    scope: entry.scope,
    broadcast: entry.broadcast ?? null,
    peer: entry.address ?? null,
    // Flags are members of their own there: {"secondary": true, "nodad": true}.
    flags: Object.entries(entry)
      .filter(([, value]) => value === true)
      .map(([flag]) => flag),
  };
}

function toCounters(from: InterfaceCounters | undefined): InterfaceCounters {
  const { bytes = 0, packets = 0, errors = 0, dropped = 0 } = from ?? {};
  return { bytes, packets, errors, dropped };
}
