import { z } from 'zod';
import { PROTOCOLS, STATES } from '../connections/socket-states.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';

const MAX_LIMIT = 100;

export const SOCKET_STATS_INPUT = z.strictObject({
  seconds: z
    .int()
    .min(1)
    .max(10)
    .optional()
    .describe('Watch the counters for so long; without, totals only.'),
  limit: z
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(8)
    .describe('Most owners, and most retransmitting sockets, to list.'),
});

const RTT_SCHEMA = z
  .object({
    sockets: z.int().describe('TCP sockets that have a measured round trip.'),
    medianMs: z.number().describe('Half of them have less.'),
    p95Ms: z.number().describe('19 of 20 have less.'),
    maxMs: z.number().describe('The slowest.'),
  })
  .nullable()
  .describe('Smoothed round-trip times of TCP, by ss; null when there are none or ss cannot be asked.');

export const SOCKET_STATS_OUTPUT = z.object({
  totals: z
    .array(
      z.object({
        protocol: z.enum(PROTOCOLS).describe('Transport protocol.'),
        state: z.enum(STATES).describe('State of the sockets.'),
        count: z.int().describe('How many there are in it.'),
      }),
    )
    .describe('All sockets of the network namespace by state; states that none is in are left out.'),
  owners: z
    .array(
      z.object({
        pid: z.int().describe('Process id.'),
        name: z.string().nullable().describe('Its name; null without the scope network:host.'),
        sockets: z.int().describe('TCP and UDP sockets that it holds.'),
      }),
    )
    .describe('Processes with the most sockets, as far as this server may see them.'),
  ownersTotal: z.int().describe('Processes with sockets, listed or not.'),
  ownersUnknown: z.int().describe('Sockets whose owner this server may not see.'),
  roundTrip: RTT_SCHEMA,
  retransmitting: z
    .array(
      z.object({
        local: z.string().describe('This end.'),
        peer: z.string().describe('The other end.'),
        segments: z.int().describe('Segments that were sent again.'),
        rttMs: z.number().nullable().describe('Smoothed round trip.'),
      }),
    )
    .describe('Open TCP sockets that have sent the most segments again, by ss.'),
  retransmittingTotal: z
    .int()
    .nullable()
    .describe('Open TCP sockets that have retransmitted; null when unknown.'),
  counters: z
    .array(
      z.object({
        name: z.string().describe('As in /proc/net/snmp, snmp6 and netstat.'),
        total: z.string().describe('Since the namespace was made; decimal digits.'),
        more: z.number().nullable().describe('How many more after "seconds"; null when not watched.'),
      }),
    )
    .describe('Counters that show trouble: listen overflows, retransmissions, buffer errors, resets.'),
  truncated: z.boolean().describe('Whether the limit has cut one of the lists.'),
  seconds: z
    .number()
    .nullable()
    .describe('Time between the two samples of the counters; null for one alone.'),
  notes: z.array(z.string()).describe('What could not be read or is not shown, and why.'),
  vantage: VANTAGE_SCHEMA,
});

export type SocketStatsInput = z.infer<typeof SOCKET_STATS_INPUT>;
export type SocketStatsReport = z.infer<typeof SOCKET_STATS_OUTPUT>;
export type RoundTrip = SocketStatsReport['roundTrip'];
export type Retransmitting = SocketStatsReport['retransmitting'][number];
export type CounterRow = SocketStatsReport['counters'][number];
