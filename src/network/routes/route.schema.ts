import { z } from 'zod';
import { SOURCE_NOTE_SCHEMA, SOURCE_SCHEMA } from '../host/fallback.reader.js';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';

export const DEFAULT_LIMIT = 1000;
export const MAX_LIMIT = 2000;

const NEXT_HOP_SCHEMA = z.object({
  gateway: z
    .string()
    .nullable()
    .describe('Address of the router; null when the network is attached directly.'),
  interface: z.string().nullable().describe('Interface that packets leave by.'),
  weight: z.int().nullable().describe('Share of the flows, relative to the other hops; null when unknown.'),
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
});

export const ROUTES_INPUT = z.strictObject({
  family: z.enum(FAMILIES).optional().describe('Only routes of this address family; both when left out.'),
  limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('Most routes to list.'),
});

export const ROUTES_OUTPUT = z.object({
  routes: z
    .array(ROUTE_SCHEMA)
    .describe('Routes of the main table, IPv4 before IPv6, in the order of the kernel.'),
  total: z.int().describe('Number of routes that there are, listed or not.'),
  truncated: z.boolean().describe('Whether the limit has cut the list.'),
  source: SOURCE_SCHEMA,
  sourceNote: SOURCE_NOTE_SCHEMA,
  vantage: VANTAGE_SCHEMA,
});

export type NextHop = z.infer<typeof NEXT_HOP_SCHEMA>;
export type Route = z.infer<typeof ROUTE_SCHEMA>;
export type RoutesInput = z.infer<typeof ROUTES_INPUT>;
export type RoutesReport = z.infer<typeof ROUTES_OUTPUT>;
