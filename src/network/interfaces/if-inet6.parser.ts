import { addressFromNetworkHex } from '../host/kernel-address.js';
import type { InterfaceAddress } from './interface.schema.js';

/** An IPv6 address, and the interface that has it. */
export interface Inet6Address {
  readonly interface: string;
  readonly address: InterfaceAddress;
}

/** `IFA_F_*` of include/uapi/linux/if_addr.h, under iproute2's names. `permanent` is the absence of `dynamic` there. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0x01, 'temporary'],
  [0x02, 'nodad'],
  [0x04, 'optimistic'],
  [0x08, 'dadfailed'],
  [0x10, 'home'],
  [0x20, 'deprecated'],
  [0x40, 'tentative'],
];
const PERMANENT = 0x80;

/** `IPV6_ADDR_*` scopes of include/net/ipv6.h. */
const SCOPES: Readonly<Record<string, string>> = { '00': 'global', '10': 'host', '20': 'link', '40': 'site' };

/**
 * A line of /proc/net/if_inet6: address, interface number, prefix length, scope and flags in hexadecimal, then the
 * name of the interface (net/ipv6/addrconf.c, if6_seq_show). `null` for a line of another form.
 */
export function parseIfInet6(line: string): Inet6Address | null {
  const [hex, , prefix, scope, flags, name] = line.trim().split(/\s+/);
  if (hex === undefined || prefix === undefined || flags === undefined || name === undefined) return null;
  const bits = Number.parseInt(flags, 16);
  const address: InterfaceAddress = {
    family: 'ipv6',
    address: addressFromNetworkHex(hex),
    prefixLength: Number.parseInt(prefix, 16),
    scope: SCOPES[scope ?? ''] ?? null,
    broadcast: null,
    peer: null,
    flags: [
      ...((bits & PERMANENT) === 0 ? ['dynamic'] : []),
      ...FLAGS.filter(([bit]) => (bits & bit) !== 0).map(([, flag]) => flag),
    ],
  };
  return { interface: name, address };
}
