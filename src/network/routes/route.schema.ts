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

const USUAL_LIMIT = 20;

const NEXT_HOP_SCHEMA = z.object({
  gateway: z
    .string()
    .nullable()
    .describe('Address of the router; null when the network is attached directly.'),
  interface: z.string().nullable().describe('Interface that packets leave by.'),
  weight: z.int().nullable().describe('Share of the flows, relative to the other hops; null when unknown.'),
  flags: z
    .array(z.string())
    .optional()
    .describe(
      'Marks of the kernel, such as dead, linkdown: nothing is sent by that hop. Left out when none.',
    ),
  encapsulation: z.string().optional().describe('As that of a route. Left out when none.'),
});

const ROUTE_SCHEMA = z.object({
  family: z.enum(FAMILIES).describe('Address family of the destination.'),
  type: z
    .string()
    .nullable()
    .describe(
      'What happens to packets: unicast (sent on), local, blackhole, unreachable, prohibit or throw; "reject" when ' +
        'they are refused in a way that the source does not tell, null when unknown.',
    ),
  destination: z.string().describe('Destination in CIDR form; the default route is 0.0.0.0/0 or ::/0.'),
  sourcePrefix: z
    .string()
    .nullable()
    .describe('Only for packets from these addresses (IPv6); null for all packets.'),
  gateway: z
    .string()
    .nullable()
    .describe('Address of the next router; null when attached directly, multipath, refused or unknown.'),
  interface: z
    .string()
    .nullable()
    .describe('Interface that packets leave by; null when multipath or refused.'),
  metric: z.int().describe('Of several routes to one destination the one with the lowest metric is used.'),
  protocol: z
    .string()
    .nullable()
    .describe('Who made the route: kernel, boot, static, dhcp, ra, bgp, ...; null when unknown.'),
  scope: z
    .string()
    .nullable()
    .describe('Distance of the destination: global, site, link or host; null when unknown.'),
  preferredSource: z
    .string()
    .nullable()
    .describe('Source address of packets that this machine sends itself; null when not fixed or unknown.'),
  flags: z.array(z.string()).describe('Marks of the kernel, such as onlink, linkdown, dead.'),
  nextHops: z.array(NEXT_HOP_SCHEMA).describe('The hops of a multipath route; empty for every other route.'),
  default: z.literal(true).optional().describe('Set for a route to everywhere that no other route covers.'),
  mtu: z.int().optional().describe('Largest packet to this destination, in bytes. Left out when not set.'),
  encapsulation: z
    .string()
    .optional()
    .describe(
      'What packets are wrapped in, as ip route writes it, such as "mpls 100/200". Left out when none.',
    ),
  tos: z
    .string()
    .optional()
    .describe('Only for packets with this type of service. Left out for all packets.'),
  nextHopId: z.int().optional().describe('The nexthop object that the route uses. Left out when none.'),
  table: z.string().optional().describe('The table of the route, when all tables were asked for.'),
});

const RULE_SCHEMA = z.object({
  family: z.enum(FAMILIES).describe('Address family of the packets.'),
  priority: z.int().describe('Rules are tried from the lowest number on.'),
  rule: z.string().describe('As ip rule writes it, such as "from 10.0.0.0/8 lookup 100".'),
  table: z
    .string()
    .nullable()
    .describe('The table that is looked up; null when the rule does something else.'),
});

export const ROUTE_FIELDS = [
  'family',
  'type',
  'destination',
  'sourcePrefix',
  'gateway',
  'interface',
  'metric',
  'protocol',
  'scope',
  'preferredSource',
  'flags',
  'nextHops',
  'default',
  'mtu',
  'encapsulation',
  'tos',
  'nextHopId',
  'table',
] as const satisfies readonly (keyof z.infer<typeof ROUTE_SCHEMA>)[];

export const ROUTES_INPUT = z.strictObject({
  family: z.enum(FAMILIES).optional().describe('Only routes of this address family; both when left out.'),
  destination: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'An IP address, or a prefix in CIDR form: only routes that cover it, the most specific first. Unless a rule ' +
        'says otherwise, packets take the first.',
    ),
  interface: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Only routes by this interface, or with a hop by it.'),
  gateway: z.string().min(1).max(64).optional().describe('Only routes by this router, or with a hop by it.'),
  protocol: z
    .string()
    .min(1)
    .max(32)
    .optional()
    .describe('Only routes that were made by this: kernel, static, ...'),
  table: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/)
    .default('main')
    .describe(
      'The routing table, by its name or number; "all" for every one. Others than main need the ip program.',
    ),
  limit: limitSchema('routes', USUAL_LIMIT),
  offset: OFFSET_SCHEMA,
  fields: fieldsSchema(ROUTE_FIELDS, 'routes'),
});

export const ROUTES_OUTPUT = z.object({
  routes: z
    .array(ROUTE_SCHEMA)
    .describe('Routes of the table, IPv4 before IPv6, in the order of the kernel.'),
  total: z.int().describe('Number of routes that match, listed or not.'),
  truncated: z.boolean().describe('Whether the limit has cut the list.'),
  nextOffset: NEXT_OFFSET_SCHEMA,
  fields: FIELDS_ECHO_SCHEMA,
  rows: ROWS_SCHEMA,
  table: z.string().describe('The table that was read.'),
  rules: z
    .array(RULE_SCHEMA)
    .nullable()
    .describe(
      'All policy routing rules of a family whose rules are not only those that every kernel begins with (local, main, ' +
        'default); null when they cannot be read.',
    ),
  tables: z
    .array(z.string())
    .describe('Tables beyond local, main and default that rules or VRFs point to: ask for them by "table".'),
  source: SOURCE_SCHEMA,
  sourceNote: SOURCE_NOTE_SCHEMA,
  vantage: VANTAGE_SCHEMA,
});

export type NextHop = z.infer<typeof NEXT_HOP_SCHEMA>;
export type RoutingRule = z.infer<typeof RULE_SCHEMA>;
export type Route = z.infer<typeof ROUTE_SCHEMA>;
export type RoutesInput = z.infer<typeof ROUTES_INPUT>;
export type RoutesReport = z.infer<typeof ROUTES_OUTPUT>;
