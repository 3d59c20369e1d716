import { isIPv6 } from 'node:net';
import { optionalText, textOf, textsOf } from '../host/ip-command.js';
import type { LooseObject } from '../host/loose-json.js';
import type { Neighbor } from './neighbor.schema.js';

/** `ATF_COM` and `ATF_PERM` of include/uapi/linux/if_arp.h. */
const COMPLETE = 0x2;
const PERMANENT = 0x4;

/**
 * An element of `ip -j neigh` of iproute2 (ip/ipneigh.c, print_neigh); `null` for the empty ones that its own filters
 * leave.
 *
 * @throws NotUnderstood for another form.
 */
export function neighborFromIp(element: LooseObject): Neighbor | null {
  if (element['dst'] === undefined) return null;
  const address = textOf(element['dst']);
  return {
    address,
    family: isIPv6(address) ? 'ipv6' : 'ipv4',
    interface: optionalText(element['dev']) ?? '?',
    mac: optionalText(element['lladdr']) ?? null,
    state: textsOf(element['state'])[0] ?? 'UNKNOWN',
    router: element['router'] !== undefined,
  };
}

/** A line of /proc/net/arp (net/ipv4/arp.c, arp_format_neigh_entry): `null` for the heading. */
export function neighborFromArp(line: string): Neighbor | null {
  const [address = '', , flags = '', mac, , device] = line.trim().split(/\s+/);
  if (mac === undefined || device === undefined || !flags.startsWith('0x')) return null;
  const bits = Number(flags);
  const isComplete = (bits & COMPLETE) !== 0;
  return {
    address,
    family: 'ipv4',
    interface: device,
    mac: isComplete ? mac : null,
    state: (bits & PERMANENT) !== 0 ? 'PERMANENT' : isComplete ? 'UNKNOWN' : 'INCOMPLETE',
    router: false,
  };
}
