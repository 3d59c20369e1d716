import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { FAMILY_CHOICES, TARGET_SCHEMA } from '../target/target.js';
import { METHODS } from './traceroute-arguments.js';

export const TRACEROUTE_INPUT = z.strictObject({
  target: TARGET_SCHEMA,
  family: z
    .enum(FAMILY_CHOICES)
    .default('any')
    .describe('Which address of a name to use: any takes the first one that the machine has a way to.'),
  fallback: z
    .boolean()
    .default(false)
    .describe('If a name has addresses of both families and the first is not reached, try the other family.'),
  method: z
    .enum(METHODS)
    .default('udp')
    .describe(
      'What the probes are: udp needs no privilege; icmp and tcp pass some firewalls that udp does not.',
    ),
  port: z.int().min(1).max(65_535).default(443).describe('Port of TCP probes.'),
});

const MPLS = z
  .array(
    z.object({
      label: z.int().describe('The label.'),
      ttl: z.int().describe('Its time to live.'),
    }),
  )
  .describe('MPLS labels that the probe carried there, outermost first; empty without any.');

const PROBE = z
  .object({
    address: z.string().describe('Router or host that answered.'),
    ms: z.number().describe('Round trip, in milliseconds.'),
    annotation: z
      .string()
      .nullable()
      .describe(
        'ICMP error: !H host, !N network, !P protocol unreachable, !X prohibited, !F fragmentation ' +
          'needed, !<number> another code; null for an ordinary answer.',
      ),
    mpls: MPLS,
  })
  .nullable()
  .describe('One probe; null when nothing answered within 4 seconds.');

const RESPONDERS = z
  .array(
    z.object({
      address: z.string().describe('Router or host that answered.'),
      answers: z.int().describe('Probes that it answered.'),
      avgMs: z.number().describe('Mean round trip, in milliseconds.'),
    }),
  )
  .describe('Every address that answered at this hop.');

export const TRACEROUTE_OUTPUT = z.object({
  target: z.string().describe('The target as it was asked for.'),
  address: z.string().describe('The address that was traced.'),
  family: z.enum(FAMILIES).describe('Address family that was used.'),
  reached: z.boolean().describe('Whether the target itself has answered, from whichever of its addresses.'),
  maxHops: z.int().describe('Hops after which the trace gives up.'),
  hops: z
    .array(
      z.object({
        ttl: z.int().describe('Number of the hop: the time to live that the probes were sent with.'),
        probes: z.array(PROBE).describe('Three probes, in the order of sending.'),
        lossPercent: z.number().describe('Share of the probes without an answer, 0 to 100.'),
        responders: RESPONDERS,
      }),
    )
    .describe('The hops, nearest first.'),
  method: z.enum(METHODS).describe('What the probes were.'),
  port: z.int().nullable().describe('Port of TCP probes; null for others.'),
  complete: z.boolean().describe('Whether the trace came to its end; false when the time was up before.'),
  remarks: z
    .array(z.string())
    .describe('What to know of the trace: loops, where it was cut off, other addresses.'),
  otherAddresses: z.array(z.string()).describe('Further addresses of the name, which were not traced.'),
  fallbackFrom: z
    .object({
      address: z.string().describe('The address that was tried first.'),
      family: z.enum(FAMILIES).describe('Its family.'),
      reason: z.string().describe('What became of it.'),
    })
    .nullable()
    .describe('The address of the other family that was not reached; null unless "fallback" was used.'),
  vantage: VANTAGE_SCHEMA,
});

export type TracerouteInput = z.infer<typeof TRACEROUTE_INPUT>;
export type TracerouteReport = z.infer<typeof TRACEROUTE_OUTPUT>;
