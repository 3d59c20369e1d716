import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { FAMILY_CHOICES, TARGET_SCHEMA } from '../target/target.js';

export const PATH_MTU_INPUT = z.strictObject({
  target: TARGET_SCHEMA,
  family: z.enum(FAMILY_CHOICES).default('any').describe('Which address of a name to use.'),
});

const HOP = z.object({
  address: z.string().describe('Router that has refused a larger packet.'),
  mtu: z.int().describe('The size that it says its next link takes.'),
});

export const PATH_MTU_OUTPUT = z.object({
  target: z.string().describe('The target as it was asked for.'),
  address: z.string().describe('The address that was measured.'),
  family: z.enum(FAMILIES).describe('Its family.'),
  verdict: z
    .enum(['found', 'black_hole', 'unanswered', 'unfinished'])
    .describe(
      'found: a packet of "mtu" bytes was answered. black_hole: larger ones vanish without a word. unanswered: not even ' +
        'small ones are answered. unfinished: the time was up.',
    ),
  mtu: z
    .int()
    .nullable()
    .describe('Largest IP packet that gets through, in bytes, header and all; null when none was answered.'),
  limitedBy: z.array(HOP).describe('Routers that said so, in the order of their answers; empty without one.'),
  blackHole: z
    .object({
      largestAnswered: z.int().describe('Bytes that were answered.'),
      smallestSilent: z.int().describe('Bytes that were not, twice.'),
    })
    .nullable()
    .describe('Where packets begin to vanish; null unless that is the verdict.'),
  interface: z
    .object({
      name: z.string().describe('Interface that leads there.'),
      mtu: z.int().nullable().describe('Its MTU: larger packets were not tried.'),
    })
    .nullable()
    .describe('The first link; null when unknown.'),
  cached: z
    .object({
      mtu: z.int().describe('Bytes.'),
      expiresSeconds: z.int().nullable().describe('When it is forgotten; null when set on the route.'),
    })
    .nullable()
    .describe(
      "What this machine's kernel had remembered before the measurement, and no answer; null when nothing.",
    ),
  method: z.enum(['tracepath', 'ping']).nullable().describe('What has decided; null when nothing has.'),
  remarks: z.array(z.string()).describe('What to know of the figures.'),
  otherAddresses: z.array(z.string()).describe('Further addresses of the name, not measured.'),
  vantage: VANTAGE_SCHEMA,
});

export type PathMtuHop = z.infer<typeof HOP>;
export type PathMtuInput = z.infer<typeof PATH_MTU_INPUT>;
export type PathMtuReport = z.infer<typeof PATH_MTU_OUTPUT>;
/** What was found out by sending packets. */
export type PathMtuFinding = Pick<
  PathMtuReport,
  'verdict' | 'mtu' | 'limitedBy' | 'blackHole' | 'method' | 'remarks'
>;
