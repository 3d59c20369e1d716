import { z } from 'zod';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { limitSchema, NEXT_OFFSET_SCHEMA, SHORT_OFFSET_SCHEMA } from '../paging.js';

/** Rules in an answer unless more are asked for. */
const USUAL_LIMIT = 25;

const NAME = z.string().min(1).max(128).optional();

export const FIREWALL_INPUT = z.strictObject({
  table: NAME.describe('Only rules of this table.'),
  chain: NAME.describe('Only rules of this chain.'),
  contains: NAME.describe('Only rules with this in their text, such as an address or a port.'),
  limit: limitSchema('rules', USUAL_LIMIT),
  offset: SHORT_OFFSET_SCHEMA,
});

const PLACE = {
  family: z.string().describe('ip, ip6, inet, arp, bridge or netdev.'),
  table: z.string().describe('Table.'),
};

export const FIREWALL_OUTPUT = z.object({
  readable: z.boolean().describe('Whether the rules could be read; see "notes" if not.'),
  tables: z
    .array(
      z.object({
        ...PLACE,
        source: z
          .enum(['nft', 'iptables'])
          .describe('nft: nftables, with what iptables-nft made. iptables: legacy.'),
        chains: z.int().describe('Chains in it.'),
        rules: z.int().describe('Rules in it.'),
        sets: z.int().describe('Named sets and maps in it.'),
      }),
    )
    .describe('The first 20 tables.'),
  chains: z
    .array(
      z.object({
        ...PLACE,
        chain: z.string().describe('Chain.'),
        type: z.string().nullable().describe('filter, nat or route; null for a chain that others jump to.'),
        hook: z
          .string()
          .nullable()
          .describe('Where packets enter it: prerouting, input, forward, output, ...'),
        priority: z.string().nullable().describe('Order at the hook, lowest first.'),
        policy: z
          .string()
          .nullable()
          .describe('What happens to packets that no rule has decided: accept or drop.'),
        rules: z.int().describe('Rules in it.'),
      }),
    )
    .describe('The first 20 chains, those at a hook before others.'),
  chainsTotal: z.int().describe('Number of chains, listed or not.'),
  rules: z
    .array(
      z.object({
        ...PLACE,
        chain: z.string().describe('Chain.'),
        text: z.string().describe('As nft or iptables writes it.'),
      }),
    )
    .describe('Rules that match, in their order.'),
  total: z.int().describe('Number of rules that match, listed or not.'),
  truncated: z.boolean().describe('Whether one of the lists is cut.'),
  nextOffset: NEXT_OFFSET_SCHEMA,
  conntrack: z
    .object({
      count: z.int().describe('Connections that are tracked.'),
      max: z.int().describe('Most that can be: beyond, packets are dropped.'),
      usedPercent: z.number().describe('Share of the two.'),
    })
    .nullable()
    .describe('Use of the connection tracking; null where it is not loaded.'),
  notes: z.array(z.string()).describe('What could not be read, and which privilege or program is missing.'),
  vantage: VANTAGE_SCHEMA,
});

export type FirewallInput = z.infer<typeof FIREWALL_INPUT>;
export type FirewallReport = z.infer<typeof FIREWALL_OUTPUT>;
export type FirewallTable = FirewallReport['tables'][number];
export type FirewallChain = FirewallReport['chains'][number];
export type FirewallRule = FirewallReport['rules'][number];
