import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { SOURCE_NOTE_SCHEMA, SOURCE_SCHEMA } from '../host/source.schema.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import {
  FIELDS_ECHO_SCHEMA,
  fieldsSchema,
  limitSchema,
  NEXT_OFFSET_SCHEMA,
  ROWS_SCHEMA,
  SHORT_LIMIT,
  SHORT_OFFSET_SCHEMA,
} from '../paging.js';

/** `NUD_*` of include/uapi/linux/neighbour.h. */
export const NEIGHBOR_STATES = [
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'INCOMPLETE',
  'FAILED',
  'PERMANENT',
  'NOARP',
] as const;

const STATE_SCHEMA = z
  .string()
  .describe('REACHABLE, STALE, FAILED, ...; UNKNOWN where procfs does not tell.');

const NEIGHBOR_SCHEMA = z.object({
  address: z.string().describe('IP address.'),
  family: z.enum(FAMILIES).describe('ipv4 by ARP, ipv6 by NDP.'),
  interface: z.string().describe('Interface that leads to it.'),
  mac: z.string().nullable().describe('Link-layer address; null when nobody has answered.'),
  state: STATE_SCHEMA,
  router: z.boolean().describe('Whether it calls itself a router (NDP).'),
});

export const NEIGHBOR_FIELDS = [
  'address',
  'family',
  'interface',
  'mac',
  'state',
  'router',
] as const satisfies readonly (keyof z.infer<typeof NEIGHBOR_SCHEMA>)[];

export const NEIGHBORS_INPUT = z.strictObject({
  interface: z.string().min(1).max(64).optional().describe('Only those on this interface.'),
  family: z.enum(FAMILIES).optional().describe('Only this address family.'),
  state: z.enum(NEIGHBOR_STATES).optional().describe('Only in this state; NOARP is listed only on request.'),
  address: z.string().min(1).max(64).optional().describe('Only this IP address, or those of this prefix.'),
  arpProbe: z
    .boolean()
    .default(false)
    .describe(
      'Ask the link by ARP who has "address" (one IPv4 address): only that proves an address conflict.',
    ),
  limit: limitSchema('neighbours', SHORT_LIMIT),
  offset: SHORT_OFFSET_SCHEMA,
  fields: fieldsSchema(NEIGHBOR_FIELDS, 'neighbors'),
});

const SHARED_SCHEMA = z.object({
  mac: z.string().describe('The link-layer address.'),
  interface: z.string().describe('Where.'),
  family: z.enum(FAMILIES).describe('Family of the addresses.'),
  count: z.int().describe('How many addresses it has.'),
  addresses: z.array(z.string()).describe('The first of them.'),
});

export const ARP_PROBE_SCHEMA = z
  .object({
    address: z.string().describe('The address that was asked for.'),
    interface: z.string().describe('Where it was asked.'),
    macs: z.array(z.string()).describe('Who has answered.'),
    own: z.boolean().describe('Whether it is an address of this machine, so that nobody may answer.'),
    conflict: z.boolean().describe('Whether more than one has the address.'),
  })
  .nullable()
  .describe('What an ARP probe has shown; null when none was asked for.');

export const NEIGHBORS_OUTPUT = z.object({
  neighbors: z.array(NEIGHBOR_SCHEMA).describe('In the order of the kernel.'),
  total: z.int().describe('How many match, listed or not.'),
  states: z
    .array(z.object({ state: STATE_SCHEMA, count: z.int().describe('How many there are in it.') }))
    .describe('Those that match by their state.'),
  shared: z
    .array(SHARED_SCHEMA)
    .describe(
      'Link-layer addresses with several IP addresses of one family, IPv6 link-local ones not counted: an observation, ' +
        'as of a router, a proxy or a host with aliases, and no conflict.',
    ),
  arpProbe: ARP_PROBE_SCHEMA,
  truncated: z.boolean().describe('Whether the limit has cut the list.'),
  nextOffset: NEXT_OFFSET_SCHEMA,
  fields: FIELDS_ECHO_SCHEMA,
  rows: ROWS_SCHEMA,
  source: SOURCE_SCHEMA,
  sourceNote: SOURCE_NOTE_SCHEMA,
  vantage: VANTAGE_SCHEMA,
});

export type Neighbor = z.infer<typeof NEIGHBOR_SCHEMA>;
export type SharedMac = z.infer<typeof SHARED_SCHEMA>;
export type ArpProbe = NonNullable<z.infer<typeof ARP_PROBE_SCHEMA>>;
export type NeighborsInput = z.infer<typeof NEIGHBORS_INPUT>;
export type NeighborsReport = z.infer<typeof NEIGHBORS_OUTPUT>;
