import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { FAMILY_CHOICES, TARGET_SCHEMA } from '../target/target.js';

/** Characters: a hundred ports, each with a comma and a blank. */
const MAX_LIST = 700;

export const PORT_STATES = ['open', 'refused', 'filtered', 'unreachable', 'not_tested'] as const;
export type PortState = (typeof PORT_STATES)[number];

export const PORT_CHECK_INPUT = z.strictObject({
  target: TARGET_SCHEMA,
  ports: z
    .string()
    .min(1)
    .max(MAX_LIST)
    .regex(/^[0-9][0-9, -]*$/)
    .describe('Ports and ranges, up to 100 ports: "22,80,8000-8010".'),
  family: z.enum(FAMILY_CHOICES).default('any').describe('Which address of a name to use.'),
});

const count = (what: string): z.ZodInt => z.int().describe(`How many ${what}.`);

export const PORT_CHECK_OUTPUT = z.object({
  target: z.string().describe('What was asked for.'),
  address: z.string().describe('The address that was connected to.'),
  family: z.enum(FAMILIES).describe('Its address family.'),
  otherAddresses: z.array(z.string()).describe('Further addresses of the name, which were not tried.'),
  localAddress: z.string().nullable().describe('Address that this machine sends from; null without a route.'),
  ports: z
    .array(
      z.object({
        port: z.int().describe('The TCP port.'),
        state: z
          .enum(PORT_STATES)
          .describe(
            'open: the handshake was completed. refused: a reset. filtered: no answer. unreachable: a router, or this ' +
              'machine, knows no way. not_tested: this machine sent nothing, or the time was up.',
          ),
        ms: z
          .number()
          .nullable()
          .describe('Milliseconds until that was known; null for what was not tested.'),
        code: z.string().nullable().describe('The error of the kernel, such as EHOSTUNREACH.'),
      }),
    )
    .describe('Each port, in order.'),
  counts: z
    .object({
      open: count('are open'),
      refused: count('are closed'),
      filtered: count('are silent'),
      unreachable: count('cannot be reached'),
      not_tested: count('were not tested'),
    })
    .describe('Ports by state.'),
  complete: z.boolean().describe('False when the time was up before all ports were tested.'),
  remarks: z.array(z.string()).describe('What to know of these figures.'),
  vantage: VANTAGE_SCHEMA,
});

export type PortCheckInput = z.infer<typeof PORT_CHECK_INPUT>;
export type PortCheckReport = z.infer<typeof PORT_CHECK_OUTPUT>;
export type CheckedPort = PortCheckReport['ports'][number];
