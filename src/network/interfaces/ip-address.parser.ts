import {
  objectOf,
  objectsOf,
  optionalNumber,
  optionalText,
  textOf,
  textsOf,
  uint32Of,
} from '../host/ip-command.js';
import type { LooseObject } from '../host/loose-json.js';
import type { InterfaceAddress, InterfaceCounters, NetworkInterface } from './interface.schema.js';

/**
 * An element of `ip -d -s -j addr` (iproute2, ip/ipaddress.c) in our form; `null` for the `{}` of links that its own
 * filters leave out.
 *
 * @throws NotUnderstood for another form.
 */
export function interfaceFromIp(link: LooseObject): NetworkInterface | null {
  if (link['ifname'] === undefined) return null;
  const flags = textsOf(link['flags']);
  const statistics = objectOf(link['stats64'] ?? link['stats']);
  return {
    name: textOf(link['ifname']),
    index: uint32Of(link['ifindex']),
    linkType: textOf(link['link_type']),
    kind: optionalText(objectOf(link['linkinfo'])['info_kind']) ?? null,
    adminUp: flags.includes('UP'),
    operstate: (optionalText(link['operstate']) ?? 'unknown').toLowerCase(),
    flags,
    mtu: uint32Of(link['mtu']),
    mac: optionalText(link['address']) ?? null,
    master: optionalText(link['master']) ?? null,
    addresses: objectsOf(link['addr_info']).filter(isInternet).map(toAddress),
    rx: toCounters(statistics['rx']),
    tx: toCounters(statistics['tx']),
    ...factsOf(link),
  };
}

export const interfacesFromIp = (links: readonly LooseObject[]): NetworkInterface[] =>
  links.map(interfaceFromIp).filter((found) => found !== null);

/** What only some interfaces have. */
function factsOf(link: LooseObject): Partial<NetworkInterface> {
  const info = objectOf(link['linkinfo']);
  const data = objectOf(info['info_data']);
  const alias = optionalText(link['ifalias']);
  const altnames = textsOf(link['altnames']);
  const parent = optionalText(link['link']);
  const memberState = optionalText(objectOf(info['info_slave_data'])['state'])?.toLowerCase();
  return {
    ...(alias !== undefined && { alias }),
    ...(altnames.length > 0 && { altnames }),
    ...(parent !== undefined && { parent }),
    ...(memberState !== undefined && { memberState }),
    ...kindFacts(optionalText(info['info_kind']), data),
  };
}

function kindFacts(kind: string | undefined, data: LooseObject): Partial<NetworkInterface> {
  switch (kind) {
    case 'vlan': {
      const id = optionalNumber(data['id']);
      return id === undefined ? {} : { vlan: { id, protocol: optionalText(data['protocol']) ?? null } };
    }
    case 'bond': {
      const mode = optionalText(data['mode']);
      return mode === undefined ? {} : { bond: { mode, active: optionalText(data['active_slave']) ?? null } };
    }
    case 'bridge':
      return { bridge: { stp: isOn(data['stp_state']), vlanFiltering: isOn(data['vlan_filtering']) } };
    case 'vrf': {
      const table = optionalText(data['table']) ?? optionalNumber(data['table']);
      return table === undefined ? {} : { vrfTable: String(table) };
    }
    case undefined:
    default:
      return {};
  }
}

/** A switch that versions print as a number, a boolean or a word; 2 is a protocol that a program keeps. */
const isOn = (value: unknown): boolean => ![undefined, 0, false, '0', 'off', 'no'].includes(value as never);

const isInternet = ({ family }: LooseObject): boolean => family === 'inet' || family === 'inet6';

function toAddress(entry: LooseObject): InterfaceAddress {
  return {
    family: entry['family'] === 'inet' ? 'ipv4' : 'ipv6',
    address: textOf(entry['local']),
    prefixLength: uint32Of(entry['prefixlen']),
    scope: entry['scope'] === undefined ? null : textOf(entry['scope']),
    broadcast: optionalText(entry['broadcast']) ?? null,
    // The peer of a point-to-point link.
    peer: optionalText(entry['address']) ?? null,
    // Flags are members of their own there: {"secondary": true, "nodad": true}.
    flags: Object.entries(entry)
      .filter(([, value]) => value === true)
      .map(([flag]) => flag),
  };
}

function toCounters(from: unknown): InterfaceCounters {
  const counters = objectOf(from);
  const of = (name: string): number => optionalNumber(counters[name]) ?? Number(counters[name] ?? 0);
  return { bytes: of('bytes'), packets: of('packets'), errors: of('errors'), dropped: of('dropped') };
}
