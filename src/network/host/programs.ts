/** A program that the tools use, and what they do on a machine that has none, or one that gives less. */
export interface ProgramUse {
  readonly program: string;
  /** The package that brings it, under its name in Debian and Ubuntu. */
  readonly package: string;
  /** What each tool does without it, as the end of "The program ... is missing on this machine: ". */
  readonly without: Readonly<Record<string, string>>;
  /** What the tools lack with one of another make. */
  readonly lesser?: Readonly<Record<string, string>>;
}

const FROM_PROC = 'it reads /sys and /proc instead, and sourceNote says what these do not tell.';
const AS_NONE = 'It counts as none: /sys and /proc are read instead.';

export const PROGRAMS: readonly ProgramUse[] = [
  {
    program: 'ip',
    package: 'iproute2',
    without: {
      network_interfaces: FROM_PROC,
      network_route_table: `${FROM_PROC} Tables other than main cannot be read.`,
      network_route_lookup: 'the main table of /proc alone is looked into.',
      network_neighbors: 'IPv6 neighbours, and states of IPv4 ones, are unknown.',
    },
    lesser: { busybox: AS_NONE },
  },
  {
    program: 'ss',
    package: 'iproute2',
    without: {
      network_connections: 'backlog, dual stack and device of sockets are unknown.',
      network_socket_stats: 'round trips and retransmissions of sockets are unknown.',
    },
  },
  {
    program: 'tc',
    package: 'iproute2',
    without: {
      network_interfaces: 'the queues of interfaces are unknown.',
      network_interface_stats: 'drops of queue disciplines are unknown.',
    },
    lesser: { busybox: 'The queues of interfaces are unknown.' },
  },
  {
    program: 'ping',
    package: 'iputils-ping',
    without: { network_ping: 'TCP handshakes are measured instead (method: tcp).' },
    lesser: {
      inetutils: 'No dontFragment, no source; another address that answers is not marked.',
      busybox: 'No dontFragment, no ICMP errors, no marks of odd answers.',
    },
  },
  {
    program: 'traceroute',
    package: 'traceroute',
    without: { network_traceroute: 'every call fails with missing_binary.' },
    lesser: {
      inetutils: 'IPv4 alone, no TCP probes, no MPLS labels, one responder a hop.',
      busybox: 'No TCP probes, no MPLS labels.',
    },
  },
];

/** The packages of those that a tool does better with, or few ask for: nobody is told unasked that they are missing. */
const OPTIONAL_PACKAGES: Readonly<Record<string, string>> = {
  tracepath: 'iputils-tracepath',
  arping: 'iputils-arping',
  nft: 'nftables',
  'iptables-save': 'iptables',
};

/** The package that brings a program; its own name where that is not known. */
export const packageOf = (program: string): string =>
  PROGRAMS.find((use) => use.program === program)?.package ?? OPTIONAL_PACKAGES[program] ?? program;
