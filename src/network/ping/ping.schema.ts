import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { TARGET_SCHEMA } from '../target/target.js';

export const PING_INPUT = z.strictObject({
  target: TARGET_SCHEMA,
  count: z.int().min(1).max(20).default(4).describe('Echo requests to send, one every 0.2 seconds.'),
});

const milliseconds = (what: string): z.ZodNumber =>
  z.number().describe(`${what} round trip, in milliseconds.`);

export const PING_OUTPUT = z.object({
  target: z.string().describe('The target as it was asked for.'),
  address: z.string().describe('The address that was sent to.'),
  family: z.enum(FAMILIES).describe('Address family that was used.'),
  reachable: z.boolean().describe('Whether at least one answer came back.'),
  transmitted: z.int().describe('Echo requests sent.'),
  received: z.int().describe('Echo requests that were answered.'),
  duplicates: z.int().describe('Answers beyond the first one to a request.'),
  lossPercent: z.number().describe('Share of the requests without an answer, 0 to 100.'),
  rttMs: z
    .object({
      min: milliseconds('Shortest'),
      avg: milliseconds('Mean'),
      max: milliseconds('Longest'),
      mdev: z.number().describe('Standard deviation of the round trips, in milliseconds.'),
    })
    .nullable()
    .describe('Round-trip times; null without an answer.'),
  replies: z
    .array(
      z.object({
        seq: z.int().describe('Number of the request, from 1.'),
        from: z.string().describe('Address that answered.'),
        ttl: z.int().nullable().describe('Time to live or hop limit left in the answer.'),
        ms: z.number().nullable().describe('Round trip, in milliseconds.'),
        duplicate: z.boolean().describe('Whether the request had been answered before.'),
      }),
    )
    .describe('Every answer, in the order of arrival.'),
  icmpErrors: z
    .array(
      z.object({
        seq: z.int().nullable().describe('Number of the request that met the error, from 1.'),
        from: z.string().describe('Router or host that reported the error.'),
        message: z.string().describe('The error, such as "Destination Host Unreachable".'),
      }),
    )
    .describe('ICMP errors that came back instead of answers.'),
  localErrors: z
    .array(z.string())
    .describe('What the machine itself reported while sending, such as a firewall rule that forbids it.'),
  vantage: VANTAGE_SCHEMA,
});

export type PingInput = z.infer<typeof PING_INPUT>;
export type PingReport = z.infer<typeof PING_OUTPUT>;
