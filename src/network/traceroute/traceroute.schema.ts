import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { TARGET_SCHEMA } from '../target/target.js';

export const TRACEROUTE_INPUT = z.strictObject({ target: TARGET_SCHEMA });

export const TRACEROUTE_OUTPUT = z.object({
  target: z.string().describe('The target as it was asked for.'),
  address: z.string().describe('The address that was traced.'),
  family: z.enum(FAMILIES).describe('Address family that was used.'),
  reached: z.boolean().describe('Whether the target itself has answered.'),
  maxHops: z.int().describe('Hops after which the trace gives up.'),
  hops: z
    .array(
      z.object({
        ttl: z.int().describe('Number of the hop: the time to live that the probes were sent with.'),
        probes: z
          .array(
            z
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
              })
              .nullable()
              .describe('One probe; null when nothing answered within a second.'),
          )
          .describe('Three probes, in the order of sending.'),
      }),
    )
    .describe('The hops, nearest first.'),
  vantage: VANTAGE_SCHEMA,
});

export type TracerouteInput = z.infer<typeof TRACEROUTE_INPUT>;
export type TracerouteReport = z.infer<typeof TRACEROUTE_OUTPUT>;
