import { z } from 'zod';
import { SOURCE_NOTE_SCHEMA, SOURCE_SCHEMA } from '../host/source.schema.js';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import {
  FIELDS_ECHO_SCHEMA,
  fieldsSchema,
  limitSchema,
  NEXT_OFFSET_SCHEMA,
  OFFSET_SCHEMA,
  ROWS_SCHEMA,
} from '../paging.js';

const USUAL_LIMIT = 8;

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
  alias: z.string().optional().describe('Description that somebody has given it. Left out when none.'),
  altnames: z.array(z.string()).optional().describe('Further names of it. Left out when none.'),
  parent: z
    .string()
    .optional()
    .describe('The interface that it is on top of, or the other end of a veth here. Left out when none.'),
  speedMbps: z.int().optional().describe('Speed of the link in Mbit/s. Left out when it has none.'),
  duplex: z.string().optional().describe('full or half. Left out when it has none.'),
  vlan: z
    .object({
      id: z.int().describe('The VLAN tag.'),
      protocol: z.string().nullable().describe('802.1Q or 802.1ad; null when unknown.'),
    })
    .optional()
    .describe('Of a VLAN interface. Left out for others.'),
  bond: z
    .object({
      mode: z.string().describe('Such as active-backup, 802.3ad.'),
      active: z.string().nullable().describe('The member in use; null when there is not just one.'),
    })
    .optional()
    .describe('Of a bond. Left out for others.'),
  bridge: z
    .object({
      stp: z.boolean().describe('Whether the spanning tree protocol is on.'),
      vlanFiltering: z.boolean().describe('Whether it keeps VLANs apart.'),
    })
    .optional()
    .describe('Of a bridge. Left out for others.'),
  memberState: z
    .string()
    .optional()
    .describe(
      'State in its bridge (forwarding, blocking, ...) or bond (active, backup). Left out for others.',
    ),
  vrfTable: z.string().optional().describe('Of a VRF, its routing table. Left out for others.'),
  queue: z
    .object({
      kind: z.string().describe('Queueing discipline, such as fq_codel, noqueue.'),
      drops: z.number().describe('Packets to be sent that it has dropped.'),
      backlog: z.number().describe('Bytes that wait in it.'),
      length: z.number().describe('Packets that wait in it.'),
    })
    .optional()
    .describe('Queue of what is sent. Left out when unknown.'),
});

export const INTERFACE_FIELDS = [
  'name',
  'index',
  'linkType',
  'kind',
  'adminUp',
  'operstate',
  'flags',
  'mtu',
  'mac',
  'master',
  'addresses',
  'rx',
  'tx',
  'alias',
  'altnames',
  'parent',
  'speedMbps',
  'duplex',
  'vlan',
  'bond',
  'bridge',
  'memberState',
  'vrfTable',
  'queue',
] as const satisfies readonly (keyof z.infer<typeof INTERFACE_SCHEMA>)[];

export const INTERFACES_INPUT = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Only the interface with this name or alternative name; all when left out.'),
  limit: limitSchema('interfaces', USUAL_LIMIT),
  offset: OFFSET_SCHEMA,
  fields: fieldsSchema(INTERFACE_FIELDS, 'interfaces'),
});

export const INTERFACES_OUTPUT = z.object({
  interfaces: z.array(INTERFACE_SCHEMA).describe('Every interface of the network namespace, by index.'),
  total: z.int().describe('Number of interfaces that match, listed or not.'),
  truncated: z.boolean().describe('Whether the limit has cut the list.'),
  nextOffset: NEXT_OFFSET_SCHEMA,
  fields: FIELDS_ECHO_SCHEMA,
  rows: ROWS_SCHEMA,
  source: SOURCE_SCHEMA,
  sourceNote: SOURCE_NOTE_SCHEMA,
  vantage: VANTAGE_SCHEMA,
});

export type InterfaceAddress = z.infer<typeof ADDRESS_SCHEMA>;
export type InterfaceCounters = z.infer<typeof COUNTERS_SCHEMA>;
export type NetworkInterface = z.infer<typeof INTERFACE_SCHEMA>;
export type InterfacesInput = z.infer<typeof INTERFACES_INPUT>;
export type InterfacesReport = z.infer<typeof INTERFACES_OUTPUT>;
