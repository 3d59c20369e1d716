import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import { FAMILY_CHOICES, TARGET_SCHEMA } from '../target/target.js';
import { START_TLS } from './start-tls.js';
import { PROBLEMS } from './tls.handshake.js';

const MAX_NAME = 253;

export const TLS_INSPECT_INPUT = z.strictObject({
  target: TARGET_SCHEMA,
  port: z.int().min(1).max(65_535).default(443).describe('TCP port.'),
  serverName: z
    .string()
    .min(1)
    .max(MAX_NAME)
    .regex(/^[A-Za-z0-9:_][A-Za-z0-9.:_-]*$/)
    .optional()
    .describe('Name to ask for (SNI) and to find in the certificate; the target if left out.'),
  startTls: z.enum(START_TLS).optional().describe('Protocol that goes over from plain text to TLS.'),
  family: z.enum(FAMILY_CHOICES).default('any').describe('Which address of a name to use.'),
});

export const PROBLEM = z.object({
  code: z.enum(PROBLEMS).describe('What kind it is.'),
  message: z.string().describe('In words.'),
});

export const TLS_INSPECT_OUTPUT = z.object({
  target: z.string().describe('What was asked for.'),
  address: z.string().describe('The address that was connected to.'),
  family: z.enum(FAMILIES).describe('Its address family.'),
  otherAddresses: z.array(z.string()).describe('Further addresses of the name, which were not tried.'),
  port: z.int().describe('The port.'),
  serverName: z.string().describe('The name that the certificate was held against.'),
  failure: z
    .object({
      phase: z.enum(['connect', 'startTls', 'handshake']).describe('Where it ended.'),
      code: z.string().describe('refused, filtered, unreachable, timeout, ..., or the error of OpenSSL.'),
      message: z.string().describe('In words.'),
    })
    .nullable()
    .describe('Why there was no TLS; null when there was.'),
  trusted: z
    .boolean()
    .nullable()
    .describe(
      'Whether chain, dates and name are good by the roots that this machine trusts; null without TLS.',
    ),
  problems: z.array(PROBLEM).describe('What is wrong, or soon will be.'),
  daysLeft: z.int().nullable().describe('Days until the certificate expires; negative once it has.'),
  protocol: z.string().nullable().describe('Such as TLSv1.3.'),
  cipher: z.string().nullable().describe('The cipher suite, as IANA names it.'),
  keyExchange: z.string().nullable().describe('Such as X25519; null where the server does not tell.'),
  alpn: z.string().nullable().describe('What was agreed on: h2 or http/1.1.'),
  ocspStaple: z.boolean().nullable().describe('Whether the server sent a stapled OCSP response.'),
  chainError: z.string().nullable().describe("OpenSSL's word for what is wrong with the chain."),
  chain: z
    .array(
      z.object({
        subject: z.string().describe('Whose it is.'),
        issuer: z.string().describe('Who has signed it.'),
        names: z.array(z.string()).describe('Names that it is for, 20 at most.'),
        namesTotal: z.int().describe('How many there are.'),
        notBefore: z.string().describe('Valid from.'),
        notAfter: z.string().describe('Valid until.'),
        daysLeft: z.int().describe('Whole days until then.'),
        key: z.string().describe('Such as "RSA 2048".'),
        signature: z.string().describe('How it is signed.'),
        sha256: z.string().describe('Fingerprint, in hexadecimal.'),
        selfSigned: z.boolean().describe('A root, or a certificate that vouches for itself.'),
      }),
    )
    .describe(
      'As the server sent it, its own certificate first, as far as each is signed by the next; 10 at most.',
    ),
  connectMs: z.number().nullable().describe('Milliseconds of the TCP handshake.'),
  handshakeMs: z.number().nullable().describe('Milliseconds of the TLS handshake.'),
  vantage: VANTAGE_SCHEMA,
});

export type TlsInspectInput = z.infer<typeof TLS_INSPECT_INPUT>;
export type TlsInspectReport = z.infer<typeof TLS_INSPECT_OUTPUT>;
