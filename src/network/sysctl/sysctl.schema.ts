import { z } from 'zod';
import { VANTAGE_SCHEMA } from '../host/vantage.js';

const MAX_LIMIT = 200;

export const SYSCTL_INPUT = z.strictObject({
  limit: z.int().min(1).max(MAX_LIMIT).default(20).describe('Most deviations of single interfaces to list.'),
});

export const SYSCTL_OUTPUT = z.object({
  settings: z
    .array(
      z.object({
        name: z.string().describe('As sysctl writes it.'),
        value: z
          .string()
          .nullable()
          .describe('Its value; null where this kernel has none, or it may not be read.'),
        meaning: z.string().describe('What this value does to reachability.'),
      }),
    )
    .describe('Kernel settings that change which packets get through.'),
  deviations: z
    .array(
      z.object({
        interface: z.string().describe('The interface.'),
        name: z.string().describe('The setting, as sysctl writes it.'),
        value: z.string().describe('What is in effect there.'),
        meaning: z.string().describe('What that does.'),
      }),
    )
    .describe('Interfaces on which forwarding, rp_filter or IPv6 is other than for all.'),
  total: z.int().describe('Number of deviations, listed or not.'),
  truncated: z.boolean().describe('Whether the limit has cut the deviations.'),
  vantage: VANTAGE_SCHEMA,
});

export type SysctlInput = z.infer<typeof SYSCTL_INPUT>;
export type SysctlReport = z.infer<typeof SYSCTL_OUTPUT>;
export type Setting = SysctlReport['settings'][number];
export type Deviation = SysctlReport['deviations'][number];
