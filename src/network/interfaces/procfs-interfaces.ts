import { readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import { readLines, readText } from '../host/proc-file.js';
import type { SystemPaths } from '../host/system-paths.js';
import { parseIfInet6 } from './if-inet6.parser.js';
import { interfaceFlags, linkTypeName } from './interface-flags.js';
import type { InterfaceAddress, InterfaceCounters, NetworkInterface } from './interface.schema.js';
import { file, hasOwnSysfs, linkFacts, sysfsNames } from './sysfs.js';

/** The end of a sentence. */
export const PROCFS_INTERFACES_GAPS =
  'scope, broadcast, peer and flags of an IPv4 address, the IPv4 addresses of an interface that is down or has no ' +
  'carrier, the kind of most virtual devices, alternative names, the state in a bond, the queue, and whether PROMISC and ' +
  'ALLMULTI were asked for or are merely in effect';

/**
 * Interfaces from /sys/class/net, their IPv6 addresses from /proc, their IPv4 addresses from getifaddrs(3).
 *
 * @throws ToolError `not_supported` where there is no sysfs, or only that of another network namespace.
 */
export function readProcfsInterfaces(paths: SystemPaths): NetworkInterface[] {
  const names = sysfsNames(paths.sys);
  if (names === null) {
    throw new ToolError(
      'not_supported',
      'Nothing could be read: interfaces can be read neither over netlink nor from /sys/class/net.',
      'Install iproute2, or mount sysfs where the server runs.',
    );
  }
  if (!hasOwnSysfs(paths)) {
    throw new ToolError(
      'not_supported',
      'Nothing could be read: the /sys that is mounted shows another network namespace than that of the server.',
      'Install iproute2, or mount a sysfs of its own in the namespace (ip netns exec, unshare and containers do).',
    );
  }
  const ipv4 = ipv4Addresses();
  const ipv6 = ipv6Addresses(paths.proc);
  return names
    .map((name) => readOne(paths, name, [...(ipv4.get(name) ?? []), ...(ipv6.get(name) ?? [])]))
    .filter((entry) => entry !== null)
    .sort((a, b) => a.index - b.index);
}

function readOne(
  { proc, sys }: SystemPaths,
  name: string,
  addresses: InterfaceAddress[],
): NetworkInterface | null {
  const read = (attribute: string): string | null => readText(file(sys, name, attribute));
  const [index, type, mtu, state] = [read('ifindex'), read('type'), read('mtu'), read('operstate')];
  // Gone since the directory was listed.
  if (index === null || type === null || mtu === null || state === null) return null;
  const flags = interfaceFlags(Number(read('flags')), read('carrier'), state);
  const uevent = read('uevent') ?? '';
  const alias = read('ifalias');
  const portState = PORT_STATES[Number(read('brport/state') ?? -1)];
  return {
    name,
    index: Number(index),
    linkType: linkTypeName(type),
    kind: /^DEVTYPE=(.+)$/m.exec(uevent)?.[1] ?? null,
    adminUp: flags.includes('UP'),
    operstate: state,
    flags,
    mtu: Number(mtu),
    mac: read('address') || null,
    master: readMaster(sys, name),
    addresses,
    rx: readCounters(sys, name, 'rx'),
    tx: readCounters(sys, name, 'tx'),
    ...(alias !== null && alias !== '' && { alias }),
    ...(portState !== undefined && { memberState: portState }),
    ...linkFacts(sys, name),
    ...bondFacts(sys, name),
    ...bridgeFacts(sys, name),
    ...vlanFacts(proc, name),
  };
}

/** `BR_STATE_*` of include/uapi/linux/if_bridge.h. */
const PORT_STATES: readonly string[] = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'];

/** `active-backup 1`: the name of the mode, and its number. */
function bondFacts(sys: string, name: string): Partial<NetworkInterface> {
  const mode = readText(file(sys, name, 'bonding/mode'))?.split(' ')[0];
  if (mode === undefined) return {};
  return { bond: { mode, active: readText(file(sys, name, 'bonding/active_slave')) || null } };
}

function bridgeFacts(sys: string, name: string): Partial<NetworkInterface> {
  const stp = readText(file(sys, name, 'bridge/stp_state'));
  if (stp === null) return {};
  const vlanFiltering = readText(file(sys, name, 'bridge/vlan_filtering')) === '1';
  return { bridge: { stp: stp !== '0', vlanFiltering } };
}

/** /proc/net/vlan/eth0.7 (net/8021q/vlanproc.c) begins with `eth0.7  VID: 7`, and ends with `Device: eth0`. */
function vlanFacts(proc: string, name: string): Partial<NetworkInterface> {
  const text = readText(join(proc, 'net/vlan', name)) ?? '';
  const id = /\bVID: (\d{1,4})/.exec(text)?.[1];
  if (id === undefined) return {};
  const parent = /^Device: (\S+)/m.exec(text)?.[1];
  return { vlan: { id: Number(id), protocol: null }, ...(parent !== undefined && { parent }) };
}

function readMaster(sys: string, name: string): string | null {
  try {
    return basename(readlinkSync(file(sys, name, 'master')));
  } catch {
    return null;
  }
}

function readCounters(sys: string, name: string, direction: 'rx' | 'tx'): InterfaceCounters {
  const read = (counter: string): number =>
    Number(readText(file(sys, name, `statistics/${direction}_${counter}`)) ?? 0);
  return { bytes: read('bytes'), packets: read('packets'), errors: read('errors'), dropped: read('dropped') };
}

/** By interface. */
function ipv6Addresses(proc: string): Map<string, InterfaceAddress[]> {
  const byInterface = new Map<string, InterfaceAddress[]>();
  for (const entry of readLines(join(proc, 'net/if_inet6')).map(parseIfInet6)) {
    if (entry === null) continue;
    const known = byInterface.get(entry.interface);
    if (known === undefined) byInterface.set(entry.interface, [entry.address]);
    else known.push(entry.address);
  }
  return byInterface;
}

/** By interface. getifaddrs(3) names an address after its label, `eth0:1`; interface names have no colon. */
function ipv4Addresses(): Map<string, InterfaceAddress[]> {
  const byInterface = new Map<string, InterfaceAddress[]>();
  for (const [label, addresses = []] of Object.entries(readInterfaces())) {
    const name = label.split(':', 1)[0] ?? label;
    const ipv4 = addresses
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, cidr }) => toAddress(address, cidr));
    byInterface.set(name, [...(byInterface.get(name) ?? []), ...ipv4]);
  }
  return byInterface;
}

function readInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    // getifaddrs(3) asks netlink too: where that is closed to us, IPv4 addresses are what we cannot tell.
    return {};
  }
}

function toAddress(address: string, cidr: string | null): InterfaceAddress {
  const prefixLength = Number(cidr?.split('/')[1] ?? 32);
  return { family: 'ipv4', address, prefixLength, scope: null, broadcast: null, peer: null, flags: [] };
}
