import { z } from 'zod';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { TARGET_SCHEMA } from '../target/target.js';
import { TYPES } from './dns-numbers.js';

/** Characters of a name of 255 bytes, each of them escaped. */
const MAX_NAME_TEXT = 1020;
export const MAX_RECORDS = 200;
export const DEFAULT_RECORDS = 20;

export const OUTCOMES = [
  ...(['answered', 'nodata', 'nxdomain', 'referral', 'servfail', 'refused', 'other_rcode'] as const),
  ...(['timeout', 'unreachable'] as const),
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const DNS_LOOKUP_INPUT = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(MAX_NAME_TEXT)
    .describe('Domain name, or an IP address for its PTR record. A final dot keeps search domains away.'),
  type: z
    .string()
    .min(1)
    .max(12)
    .optional()
    .describe('A (default), AAAA, MX, NS, TXT, SOA, SRV, CAA, PTR, DS, HTTPS, ..., ANY or TYPE65.'),
  server: TARGET_SCHEMA.optional().describe("Name or address of the server; the host's own if left out."),
  port: z.int().min(1).max(65_535).default(53).describe('Its port.'),
  transport: z.enum(['udp', 'tcp']).default('udp').describe('udp goes on over TCP where a reply is cut.'),
  recurse: z.boolean().default(true).describe('Ask the server to look elsewhere for the answer.'),
  dnssec: z.boolean().default(false).describe('Ask for signatures.'),
  reverse: z.boolean().default(false).describe('The name is an address: ask for its PTR record.'),
  limit: z
    .int()
    .min(1)
    .max(MAX_RECORDS)
    .default(DEFAULT_RECORDS)
    .describe('Most records of each section to list.'),
});

const flag = (meaning: string): z.ZodBoolean => z.boolean().describe(meaning);
const total = (section: string): z.ZodInt => z.int().describe(`Records of the ${section} section.`);
const MS = z.number().describe('Milliseconds.');

const records = (section: string) =>
  z
    .array(
      z.object({
        name: z.string().describe('Whose record it is, with the final dot.'),
        ttl: z.int().describe('Seconds that it may be kept.'),
        type: z.string().describe(`Such as ${Object.keys(TYPES)[0]}, or TYPE65534 for an unknown one.`),
        data: z.string().describe('As in a master file; "\\# length hex" for what is of an unknown form.'),
      }),
    )
    .describe(`The ${section} section.`);

export const DNS_LOOKUP_OUTPUT = z.object({
  name: z.string().describe('The name that the answer is for, in full.'),
  type: z.string().describe('The type that was asked for.'),
  outcome: z
    .enum(OUTCOMES)
    .describe(
      'answered; nodata: the name exists without such a record; nxdomain: there is no such name; referral: other ' +
        'servers know; servfail, refused, other_rcode: the server says so; timeout; unreachable.',
    ),
  rcode: z.string().nullable().describe('NOERROR, NXDOMAIN, SERVFAIL, ...; null without a reply.'),
  flags: z
    .object({
      aa: flag('The server has authority over the name.'),
      tc: flag('The reply is cut.'),
      rd: flag('Recursion was desired.'),
      ra: flag('The server offers recursion.'),
      ad: flag('The server has validated the answer by DNSSEC.'),
      cd: flag('Checking was disabled.'),
    })
    .nullable()
    .describe('Of the header; null without a reply.'),
  answer: records('answer'),
  authority: records('authority'),
  additional: records('additional'),
  totals: z
    .object({ answer: total('answer'), authority: total('authority'), additional: total('additional') })
    .describe('How many records each section has; OPT is left out.'),
  truncated: z.boolean().describe('Whether a section has more than is listed.'),
  edns: z
    .object({
      version: z.int().describe('Version of EDNS.'),
      udpSize: z.int().describe('Bytes that the server takes over UDP.'),
      dnssecOk: z.boolean().describe('Whether signatures were asked for.'),
      extendedErrors: z
        .array(
          z.object({
            code: z.int().describe('RFC 8914.'),
            purpose: z.string().describe('What the code stands for.'),
            text: z.string().describe('What the server adds.'),
          }),
        )
        .describe('Why it is as it is, as the server says.'),
    })
    .nullable()
    .describe('Null where the server speaks no EDNS.'),
  server: z
    .object({
      address: z.string().describe('Its address.'),
      port: z.int().describe('Its port.'),
      transport: z.enum(['udp', 'tcp']).describe('How it was asked.'),
      source: z.enum(['argument', 'resolv.conf']).describe('Who has named it.'),
    })
    .describe('The server that the answer is from, or that was asked last.'),
  ms: MS.nullable().describe('Milliseconds from the question to the reply; null without one.'),
  bytes: z.int().nullable().describe('Length of the reply.'),
  attempts: z
    .array(
      z.object({
        name: z.string().describe('The name, with its search domain.'),
        server: z.string().describe('Address of the server.'),
        transport: z.enum(['udp', 'tcp']).describe('How it was asked.'),
        outcome: z.enum(OUTCOMES).describe('What came of it.'),
        code: z.string().nullable().describe('The error of the kernel, such as ECONNREFUSED.'),
        ms: MS,
      }),
    )
    .describe('Every question that was asked, in order.'),
  complete: z.boolean().describe('False when the time was up before all were asked.'),
  remarks: z.array(z.string()).describe('What to know of the answer.'),
  vantage: VANTAGE_SCHEMA,
});

export type DnsLookupInput = z.infer<typeof DNS_LOOKUP_INPUT>;
export type DnsLookupReport = z.infer<typeof DNS_LOOKUP_OUTPUT>;
export type Attempt = DnsLookupReport['attempts'][number];
