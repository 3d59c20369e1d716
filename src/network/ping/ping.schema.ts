import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { FAMILY_CHOICES, TARGET_SCHEMA } from '../target/target.js';

/** Further targets of a call: 32 with the first. */
const MAX_FURTHER_TARGETS = 31;
/** What an IPv4 packet has room for: 65,535 bytes without the headers of IP and ICMP. */
const MAX_SIZE = 65_507;
const MAX_SOURCE = 64;
/** Where a handshake goes that stands in for an echo request. */
export const ECHO_PORT = 443;

export const PING_INPUT = z.strictObject({
  target: TARGET_SCHEMA,
  count: z.int().min(1).max(20).default(4).describe('Requests to send.'),
  targets: z
    .array(TARGET_SCHEMA)
    .max(MAX_FURTHER_TARGETS)
    .optional()
    .describe('Further targets, up to 31, pinged at the same time; their results are in "others".'),
  interval: z.number().min(0.2).max(5).default(0.2).describe('Seconds from one request to the next.'),
  family: z
    .enum(FAMILY_CHOICES)
    .default('any')
    .describe('Which address of a name to use: any takes the first one that the machine has a way to.'),
  fallback: z
    .boolean()
    .default(false)
    .describe('If a name has addresses of both families and the first is silent, try the other family.'),
  method: z
    .enum(['auto', 'icmp', 'tcp'])
    .default('auto')
    .describe('tcp measures TCP handshakes; auto does so where the machine permits no ICMP, and says it.'),
  port: z.int().min(1).max(65_535).default(ECHO_PORT).describe('Port of a TCP handshake.'),
  size: z.int().min(0).max(MAX_SIZE).optional().describe('Bytes of data in an echo request; 56 if left out.'),
  dontFragment: z
    .boolean()
    .default(false)
    .describe('Forbid fragmentation, to find the largest packet that passes: size + 28 (IPv4) or 48 (IPv6).'),
  source: z
    .string()
    .min(1)
    .max(MAX_SOURCE)
    .regex(/^[A-Za-z0-9:][A-Za-z0-9.:%_-]*$/)
    .optional()
    .describe('Address of this machine, or interface, to send from.'),
});

const milliseconds = (what: string): z.ZodNumber =>
  z.number().describe(`${what} round trip, in milliseconds.`);

const RTT = z
  .object({
    min: milliseconds('Shortest'),
    avg: milliseconds('Mean'),
    max: milliseconds('Longest'),
    mdev: z.number().describe('Standard deviation of the round trips, in milliseconds.'),
  })
  .nullable()
  .describe('Round-trip times; null without an answer.');

const ICMP_ERRORS = z
  .array(
    z.object({
      seq: z.int().nullable().describe('Number of the request that met the error, from 1.'),
      from: z.string().describe('Router or host that reported the error.'),
      message: z.string().describe('The error, such as "Destination Host Unreachable".'),
    }),
  )
  .describe('ICMP errors that came back instead of answers.');

/** What is told of each target. */
const RESULT = {
  target: z.string().describe('The target as it was asked for.'),
  address: z.string().describe('The address that was sent to.'),
  family: z.enum(FAMILIES).describe('Address family that was used.'),
  reachable: z.boolean().describe('Whether at least one answer came back.'),
  transmitted: z.int().describe('Echo requests sent.'),
  received: z.int().describe('Echo requests that were answered.'),
  duplicates: z.int().describe('Answers beyond the first one to a request.'),
  lossPercent: z
    .number()
    .describe('Share of the requests without an answer, 0 to 100; pending ones left out.'),
  rttMs: RTT,
  icmpErrors: ICMP_ERRORS,
  method: z
    .enum(['icmp', 'tcp'])
    .describe(
      'icmp: echo requests. tcp: handshakes, where an open and a closed port both count as an answer.',
    ),
  port: z.int().nullable().describe('Port of the TCP handshakes; null for icmp.'),
  pending: z.int().describe('Requests that still waited when the time was up: neither answered nor lost.'),
  remarks: z.array(z.string()).describe('What to know of these figures, such as why TCP was used.'),
} as const;

export const PING_OUTPUT = z.object({
  ...RESULT,
  replies: z
    .array(
      z.object({
        seq: z.int().describe('Number of the request, from 1.'),
        from: z.string().describe('Address that answered.'),
        ttl: z.int().nullable().describe('Time to live or hop limit left in the answer.'),
        ms: z.number().nullable().describe('Round trip, in milliseconds.'),
        duplicate: z.boolean().describe('Whether the request had been answered before.'),
        notes: z
          .array(z.string())
          .describe(
            'What was odd in it, such as "truncated"; of a handshake whether the port is open or refused.',
          ),
      }),
    )
    .describe('Every answer, by request.'),
  localErrors: z
    .array(z.string())
    .describe('What the machine itself reported while sending, such as a firewall rule that forbids it.'),
  otherAddresses: z.array(z.string()).describe('Further addresses of the name, which were not sent to.'),
  fallbackFrom: z
    .object({
      address: z.string().describe('The address that was tried first.'),
      family: z.enum(FAMILIES).describe('Its family.'),
      reason: z.string().describe('What became of it.'),
    })
    .nullable()
    .describe('The address of the other family that was silent; null unless "fallback" was used.'),
  others: z
    .array(
      z.object({
        ...RESULT,
        address: z.string().nullable().describe('The address that was sent to; null without one.'),
        family: z
          .enum(FAMILIES)
          .nullable()
          .describe('Address family that was used; null without an address.'),
        error: z
          .object({
            code: z.string().describe('As in the errors of tools, such as host_not_found.'),
            message: z.string().describe('What was wrong.'),
          })
          .nullable()
          .describe('Why this target could not be measured; null when it was.'),
      }),
    )
    .describe('The results of "targets", in their order.'),
  vantage: VANTAGE_SCHEMA,
});

export type PingInput = z.infer<typeof PING_INPUT>;
export type PingReport = z.infer<typeof PING_OUTPUT>;
export type OtherResult = PingReport['others'][number];
/** What one target has given. */
export type PingResult = Omit<PingReport, 'others' | 'vantage'>;
