import { z } from 'zod';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { limitSchema, NEXT_OFFSET_SCHEMA, SHORT_OFFSET_SCHEMA } from '../paging.js';

/** Interfaces in an answer unless more are asked for: some 6,000 bytes. */
const USUAL_LIMIT = 8;

export const INTERFACE_STATS_INPUT = z.strictObject({
  name: z.string().min(1).max(64).optional().describe('Only this interface.'),
  seconds: z.int().min(1).max(10).default(1).describe('Time between the two samples.'),
  limit: limitSchema('interfaces', USUAL_LIMIT),
  offset: SHORT_OFFSET_SCHEMA,
});

const TOTAL = z.string().describe('Since the interface was made; 64 bits as decimal digits.');
const RATE = z
  .number()
  .nullable()
  .describe('Per second between the samples; null where the counter began anew.');
const COUNT = z.number().nullable().describe('How many more in the second sample; null where it began anew.');

const DIRECTION_SCHEMA = z.object({
  bytes: TOTAL,
  packets: TOTAL,
  errors: TOTAL,
  dropped: TOTAL,
  bitsPerSecond: RATE,
  packetsPerSecond: RATE,
  newErrors: COUNT,
  newDropped: COUNT,
});

const INTERFACE_SCHEMA = z.object({
  name: z.string().describe('Name of the interface.'),
  rx: DIRECTION_SCHEMA.describe('Received.'),
  tx: DIRECTION_SCHEMA.describe('Sent.'),
  counters: z
    .record(z.string(), z.string())
    .describe('Further counters of /sys/class/net that are not 0, such as rx_crc_errors, collisions.'),
  operstate: z.string().nullable().describe('up, down, lowerlayerdown, ...; null when unknown.'),
  speedMbps: z.int().nullable().describe('Link speed in Mbit/s; null for links without one.'),
  duplex: z.string().nullable().describe('full or half; null when unknown.'),
  driver: z.string().nullable().describe('Driver of the device; null for virtual ones.'),
  carrierChanges: z.int().nullable().describe('How often the link went up or down; null when unknown.'),
  utilizationPercent: z
    .number()
    .nullable()
    .describe('The busier direction, of the link speed; null without a speed.'),
  queues: z
    .array(
      z.object({
        kind: z.string().describe('Queue discipline, such as fq_codel.'),
        handle: z.string().describe('Its handle.'),
        drops: z.int().describe('Packets that it has dropped.'),
        overlimits: z.int().describe('How often it held packets back.'),
        backlogBytes: z.int().describe('Waiting in it.'),
      }),
    )
    .describe('Queue disciplines, by tc; empty when there are none or tc cannot be asked.'),
  remarks: z.array(z.string()).describe('Counters that wrapped or began anew between the samples.'),
});

export const INTERFACE_STATS_OUTPUT = z.object({
  interfaces: z.array(INTERFACE_SCHEMA).describe('The busiest first.'),
  total: z.int().describe('Number of interfaces that match, listed or not.'),
  truncated: z.boolean().describe('Whether the limit has cut the list.'),
  nextOffset: NEXT_OFFSET_SCHEMA,
  seconds: z.number().describe('Time between the samples, as measured.'),
  notes: z.array(z.string()).describe('What could not be read, and why.'),
  vantage: VANTAGE_SCHEMA,
});

export type InterfaceStats = z.infer<typeof INTERFACE_SCHEMA>;
export type DirectionStats = z.infer<typeof DIRECTION_SCHEMA>;
export type QueueStats = InterfaceStats['queues'][number];
export type InterfaceStatsInput = z.infer<typeof INTERFACE_STATS_INPUT>;
export type InterfaceStatsReport = z.infer<typeof INTERFACE_STATS_OUTPUT>;
