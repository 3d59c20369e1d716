import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { SOURCE_NOTE_SCHEMA, SOURCE_SCHEMA } from '../host/source.schema.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { TARGET_SCHEMA } from '../target/target.js';

/** IFNAMSIZ of the kernel without its zero byte, and an alternative name (ALTIFNAMSIZ) likewise. */
export const INTERFACE_SCHEMA = z
  .string()
  .max(127)
  .regex(/^[A-Za-z0-9_.:@+][A-Za-z0-9_.:@+-]*$/);

const PORT = z.int().min(1).max(65_535).optional();

export const ROUTE_LOOKUP_INPUT = z.strictObject({
  target: TARGET_SCHEMA,
  from: z.string().min(2).max(45).optional().describe('Source address of the packet.'),
  iif: INTERFACE_SCHEMA.optional().describe('Arriving interface: as if forwarded; needs "from".'),
  oif: INTERFACE_SCHEMA.optional().describe('Interface to leave by, as of a bound socket.'),
  mark: z.int().min(0).max(0xffffffff).optional().describe('Firewall mark.'),
  ipProtocol: z.enum(['tcp', 'udp', 'icmp', 'sctp']).optional().describe('Protocol, for rules that ask.'),
  sourcePort: PORT.describe('Source port, for rules.'),
  destinationPort: PORT.describe('Destination port, for rules.'),
});

const HOP_SCHEMA = z.object({
  gateway: z.string().nullable().describe('Next router; null when attached.'),
  interface: z.string().nullable().describe('Interface to it.'),
  weight: z.int().nullable().describe('Share of the packets.'),
});

export const ROUTE_LOOKUP_OUTPUT = z.object({
  target: z.string().describe('The target as it was asked for.'),
  address: z.string().describe('The address that was looked up.'),
  family: z.enum(FAMILIES).describe('Its family.'),
  outcome: z
    .string()
    .describe(
      'What becomes of the packet: unicast (sent on), local, broadcast, multicast; no_route, unreachable, prohibit, ' +
        'blackhole (dropped in silence), reject (one of these), martian (the source is refused by rp_filter).',
    ),
  gateway: z.string().nullable().describe('Next router; null when attached directly or not sent.'),
  interface: z.string().nullable().describe('Interface that it leaves by; null when not sent.'),
  sourceAddress: z.string().nullable().describe('Source address that the kernel takes.'),
  table: z.string().nullable().describe('Routing table that decided; null when unknown.'),
  matchedPrefix: z.string().nullable().describe('Prefix of the route that decided; null when unknown.'),
  protocol: z.string().nullable().describe('Who made that route: kernel, static, bgp, ...'),
  metric: z.int().nullable().describe('Metric of that route.'),
  nextHops: z
    .array(HOP_SCHEMA)
    .describe('All hops of a multipath route, of which the one above was chosen; otherwise empty.'),
  mtu: z
    .int()
    .nullable()
    .describe('MTU of the route, or the cached path MTU; null for that of the interface.'),
  mtuExpiresSeconds: z
    .int()
    .nullable()
    .describe('When the cached MTU is forgotten; null for one that is set.'),
  rule: z
    .object({
      priority: z.int().describe('Its number; lowest first.'),
      rule: z.string().describe('As ip rule writes it.'),
      inferred: z.literal(true).describe('Computed from the list of rules: the kernel does not tell.'),
    })
    .nullable()
    .describe('The policy routing rule that decided; null when it cannot be told.'),
  remarks: z.array(z.string()).describe('What to know of the answer.'),
  otherAddresses: z.array(z.string()).describe('Further addresses of the name, not looked up.'),
  source: SOURCE_SCHEMA,
  sourceNote: SOURCE_NOTE_SCHEMA,
  vantage: VANTAGE_SCHEMA,
});

export type RouteLookupInput = z.infer<typeof ROUTE_LOOKUP_INPUT>;
export type RouteLookupReport = z.infer<typeof ROUTE_LOOKUP_OUTPUT>;

export type RouteQuestion = Omit<RouteLookupInput, 'target'>;
/** What is told of one address. */
export type RouteAnswer = Omit<RouteLookupReport, 'target' | 'otherAddresses' | 'vantage'>;
