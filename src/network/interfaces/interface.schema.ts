import { z } from 'zod';
import { SOURCE_NOTE_SCHEMA, SOURCE_SCHEMA } from '../host/fallback.reader.js';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';

const ADDRESS_SCHEMA = z.object({
  family: z.enum(FAMILIES).describe('Address family.'),
  address: z.string().describe('The address of this interface.'),
  prefixLength: z.int().describe('Bits of the network part, 0 to 32 or 128.'),
  scope: z
    .string()
    .nullable()
    .describe('Where the address is valid: global, link, host or site; null when unknown.'),
  broadcast: z
    .string()
    .nullable()
    .describe('IPv4 broadcast address; null when there is none or it is unknown.'),
  peer: z
    .string()
    .nullable()
    .describe('Address of the other end of a point-to-point link; null when there is none.'),
  flags: z
    .array(z.string())
    .describe('Marks of the kernel, such as secondary, temporary, tentative, deprecated.'),
});

const COUNTERS_SCHEMA = z.object({
  bytes: z.number().describe('Bytes since the interface was made.'),
  packets: z.number().describe('Packets since the interface was made.'),
  errors: z.number().describe('Packets that were broken.'),
  dropped: z.number().describe('Packets that were sound, but dropped.'),
});

const INTERFACE_SCHEMA = z.object({
  name: z.string().describe('Name of the interface.'),
  index: z.int().describe('Number of the interface in its network namespace.'),
  linkType: z.string().describe('Kind of link layer, such as ether, loopback, none, ppp.'),
  kind: z
    .string()
    .nullable()
    .describe(
      'Kind of virtual device, such as veth, bridge, vlan, wireguard; null when physical or unknown.',
    ),
  adminUp: z.boolean().describe('Whether it is switched on (the UP flag); says nothing about the cable.'),
  operstate: z
    .string()
    .describe(
      'Operational state of RFC 2863: up, down, unknown, dormant, lowerlayerdown, notpresent, testing.',
    ),
  flags: z
    .array(z.string())
    .describe('Flags of the kernel, such as UP, LOWER_UP, NO-CARRIER, BROADCAST, PROMISC.'),
  mtu: z.int().describe('Largest packet, in bytes.'),
  mac: z.string().nullable().describe('Link-layer address; null when the link has none.'),
  master: z.string().nullable().describe('The bridge, bond or VRF it belongs to; null when none.'),
  addresses: z.array(ADDRESS_SCHEMA).describe('IPv4 addresses, then IPv6 addresses.'),
  rx: COUNTERS_SCHEMA.describe('Received.'),
  tx: COUNTERS_SCHEMA.describe('Sent.'),
});

export const INTERFACES_OUTPUT = z.object({
  interfaces: z.array(INTERFACE_SCHEMA).describe('Every interface of the network namespace, by index.'),
  source: SOURCE_SCHEMA,
  sourceNote: SOURCE_NOTE_SCHEMA,
  vantage: VANTAGE_SCHEMA,
});

export type InterfaceAddress = z.infer<typeof ADDRESS_SCHEMA>;
export type InterfaceCounters = z.infer<typeof COUNTERS_SCHEMA>;
export type NetworkInterface = z.infer<typeof INTERFACE_SCHEMA>;
export type InterfacesReport = z.infer<typeof INTERFACES_OUTPUT>;
