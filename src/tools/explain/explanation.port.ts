import { z } from 'zod';

/** What is asked of a call, in the order in which it is. */
export const CHECKS = ['rights', 'limit', 'arguments', 'policy', 'breaker', 'concurrency'] as const;

const CHECK = z.object({
  check: z.enum(CHECKS).describe('What is asked of the call.'),
  passes: z.boolean().describe('Whether the call would get past it now.'),
  rule: z
    .string()
    .describe('What decides: a scope, the pattern of a limit, a rule of the policy, an upstream.'),
  detail: z.string().describe('The same in words.'),
});

const JUDGED = z.object({
  address: z.string().describe('The address that was judged.'),
  allowed: z.boolean().describe('Whether it may be contacted.'),
  rule: z.string().describe('The rule that says so.'),
});

const PROBE = z.object({
  host: z.string().describe('What the arguments name.'),
  port: z.int().nullable().describe('The port; null for what has none.'),
  transport: z.enum(['icmp', 'tcp', 'udp', 'none']).describe('How it would be contacted; none: not at all.'),
  addresses: z
    .array(JUDGED)
    .describe('Its addresses as they are now; the first is the one that would be used.'),
  problem: z.string().nullable().describe('Why there is no address; null where there is one.'),
});

export const EXPLANATION = z.object({
  tool: z.string().describe('The tool as it was asked for.'),
  wouldRun: z.boolean().describe('Whether the call would run now.'),
  decidedBy: CHECK.describe(
    'The first check that the call would not get past; of one that would run, the policy or the rights.',
  ),
  checks: z
    .array(CHECK)
    .describe(
      'Every check that was made, in its order; those behind a failed one of rights or arguments are not.',
    ),
  probes: z.array(PROBE).describe('What the call would contact.'),
  note: z.string().describe('What to know of this answer.'),
});

export type Check = z.infer<typeof CHECK>;
export type ExplainedProbe = z.infer<typeof PROBE>;
export type Explanation = z.infer<typeof EXPLANATION>;
