import { z } from 'zod';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { FAMILY_CHOICES, TARGET_SCHEMA } from '../target/target.js';
import { PROBLEM } from '../tls/tls-inspect.schema.js';

const MAX_URL = 2000;
/** Of a request. */
export const MAX_REQUEST_HEADERS = 20;
const MAX_HEADER = 4000;
export const MAX_REDIRECTS = 5;
/** Bytes of a body that are answered at most. */
export const MAX_BODY = 4096;

export const HTTP_PROBE_INPUT = z.strictObject({
  url: z.string().min(1).max(MAX_URL).describe('http:// or https://, without a user name.'),
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/)
    .default('GET')
    .describe('GET, HEAD, OPTIONS; others need the scope network:http-write.'),
  headers: z
    .record(z.string(), z.string().max(MAX_HEADER))
    .optional()
    .describe('Of the request, up to 20; credentials need network:http-write.'),
  resolveTo: TARGET_SCHEMA.optional().describe('Connect there in place of the host of the URL.'),
  maxRedirects: z.int().min(0).max(MAX_REDIRECTS).default(0).describe('How many to follow.'),
  bodyBytes: z.int().min(0).max(MAX_BODY).default(0).describe('Bytes of the body to show.'),
  insecure: z.boolean().default(false).describe('Ask also where the certificate is not trusted.'),
  family: z.enum(FAMILY_CHOICES).default('any').describe('Which address of a name to use.'),
});

const ms = (what: string) =>
  z.number().nullable().describe(`Milliseconds ${what}; null where it did not come to it.`);

const HOP = z.object({
  url: z.string().describe('What was asked for.'),
  address: z.string().nullable().describe('The address that was connected to.'),
  status: z.int().nullable().describe('Status code; null without an answer.'),
  reason: z.string().nullable().describe('The words behind it.'),
  httpVersion: z.string().nullable().describe('Such as 1.1.'),
  failure: z
    .object({
      phase: z.enum(['dns', 'connect', 'tls', 'firstByte', 'body']).describe('Where it ended.'),
      code: z.string().describe('refused, filtered, unreachable, timeout, untrusted, ...'),
      message: z.string().describe('In words.'),
    })
    .nullable()
    .describe('Why there is no whole answer; null when there is.'),
  timing: z
    .object({
      dns: ms('of name resolution'),
      connect: ms('of the TCP handshake'),
      tls: ms('of the TLS handshake'),
      firstByte: ms('from the request to the head of the answer'),
      body: ms('from there to the end of the body'),
    })
    .describe('Phase by phase.'),
});

export const HTTP_PROBE_OUTPUT = z.object({
  method: z.string().describe('Of the last request.'),
  ...HOP.shape,
  headers: z
    .array(
      z.object({
        name: z.string().describe('In lower case.'),
        value: z.string().describe('The value, cut.'),
      }),
    )
    .describe('Of the answer, the first 40; Set-Cookie without its value.'),
  headersTotal: z.int().describe('How many there are.'),
  location: z.string().nullable().describe('Where a redirect leads, in full.'),
  bytes: z.int().nullable().describe('Bytes of the body that were read, up to 1 MiB.'),
  body: z.string().nullable().describe('Its beginning, when it was asked for.'),
  bodyCut: z.boolean().describe('Whether there is more than is shown.'),
  tls: z
    .object({
      trusted: z.boolean().describe('Whether chain, dates and name are good.'),
      problems: z.array(PROBLEM).describe('What is wrong, or soon will be.'),
      daysLeft: z.int().nullable().describe('Days until the certificate expires.'),
      protocol: z.string().nullable().describe('Such as TLSv1.3.'),
    })
    .nullable()
    .describe('Null for http://.'),
  redirects: z.array(HOP).describe('The answers that led here, the first one first.'),
  vantage: VANTAGE_SCHEMA,
});

export type HttpProbeInput = z.infer<typeof HTTP_PROBE_INPUT>;
export type HttpProbeReport = z.infer<typeof HTTP_PROBE_OUTPUT>;
export type Hop = z.infer<typeof HOP>;
