import { z } from 'zod';

/** Longest deadline of a call, in milliseconds: an hour. */
const MAX_TIMEOUT_MS = 3_600_000;

/** Nothing that a program is started with can have U+0000 in it. */
const text = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, 'has the character U+0000');
/** What is meant as text, and is written as a number or a truth value. */
const scalar = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
  z.string('is no text').regex(/^[^\0]*$/, 'has the character U+0000'),
);
const patterns = z.array(text);
/** RFC 9110, 5.6.2: a token. */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not the name of an HTTP header');
/** RFC 9110, 5.5: visible characters, blanks and tabs. */
const headerValue = z
  .string()
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'has characters that no HTTP header may have');
const headers = z.record(headerName, scalar.pipe(headerValue));
const httpUrl = z.url({ protocol: /^https?$/, error: 'is not a URL with http: or https:' });

/** What every entry may have beside the members of its kind. */
const common = {
  /** What its names begin with; made from its own name when left out, and nothing at all when empty. */
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,32}$/, 'has up to 32 letters, digits, hyphens and underscores')
    .optional(),
  /** Patterns (`*`) of the upstream's own tool names: those that are served, and those of them that are not. */
  allow: patterns.optional(),
  deny: patterns.default([]),
  /** From the upstream's own tool name to the one that is used instead. */
  rename: z.record(text, z.string().regex(/^[A-Za-z0-9_-]{1,48}$/, 'is no name for a tool')).default({}),
  /** Deadline of one call; TOOL_TIMEOUT_MS when left out. */
  timeoutMs: z.int().min(100).max(MAX_TIMEOUT_MS).optional(),
  /** How long it may take to come up; 120 s for what is downloaded first and 30 s for others when left out. */
  startTimeoutMs: z.int().min(100).max(MAX_TIMEOUT_MS).optional(),
  /** Calls that it gets at the same time, and those that may wait for a place; OUTBOUND_MAX_CONCURRENCY and _QUEUE. */
  maxConcurrency: z.int().min(1).max(10_000).optional(),
  maxQueue: z.int().min(0).max(10_000).optional(),
  /** How often a call that is safe to repeat is repeated after a failure; OUTBOUND_RETRIES when left out. */
  retries: z.int().min(0).max(10).optional(),
  /** Whether all callers share one connection, or each has its own. */
  session: z.enum(['shared', 'caller']).default('shared'),
  /** Headers of the caller's request that go on to the upstream; each caller has its own connection then. */
  forwardHeaders: z.array(headerName.toLowerCase()).default([]),
  /** Whether a tool whose definition has changed is withheld until it is accepted. */
  pin: z.boolean().default(false),
  /** Whether input schemas are listed as model APIs take them, or as the upstream wrote them. */
  inputSchemas: z.enum(['adapt', 'as-is']).default('adapt'),
  /** Results of these tools (patterns of its own names) are kept for so long. Name nothing that changes anything. */
  cache: z.strictObject({ tools: patterns.min(1), ttlMs: z.int().min(1000).max(MAX_TIMEOUT_MS) }).optional(),
};

/** What becomes of an answer that breaks the output schema of its tool: it is refused, passed on, or not looked at. */
const OUTPUT_CHECKS = z.enum(['enforce', 'warn', 'off']);

export const stdioEntry = z.object({
  ...common,
  type: z.literal('stdio').optional(),
  command: text,
  args: z.array(scalar).default([]),
  /** Variables of the child, beside those that it inherits; null: not that one. */
  env: z
    .record(
      z.string().regex(/^[^=\0]+$/, 'is no name of a variable'),
      z.union([scalar, z.null()], 'is no text'),
    )
    .default({}),
  /** A file with more of them, in the form of `.env`; those of `env` go before. */
  envFile: text.optional(),
  cwd: text.optional(),
  outputSchemas: OUTPUT_CHECKS.default('warn'),
});

const HTTP_TYPES = ['http', 'streamable-http', 'streamable_http', 'streamableHttp', 'sse'] as const;

export const httpEntry = z.object({
  ...common,
  /** Streamable HTTP when left out, and Server-Sent Events of 2024-11-05 where the server does not know that. */
  type: z.enum(HTTP_TYPES).optional(),
  url: httpUrl,
  headers: headers.default({}),
  outputSchemas: OUTPUT_CHECKS.default('warn'),
});

export const openApiEntry = z.object({
  ...common,
  type: z.literal('openapi').optional(),
  /** The document: its URL, or its path on this machine. JSON or YAML. */
  openapi: text,
  /** Where the operations are; the first of the document's servers when left out. */
  baseUrl: httpUrl.optional(),
  headers: headers.default({}),
  /** Tags of the operations that are served, all when left out, and of those that are not. */
  tags: z.array(text).optional(),
  excludeTags: z.array(text).default([]),
  /** The same; with `off`, or `false`, tools promise no shape: for an API that does not keep to its document. */
  outputSchemas: z
    .union([OUTPUT_CHECKS, z.boolean().transform((isOn) => (isOn ? 'enforce' : 'off'))])
    .default('enforce'),
  /** Credentials by the names of the document's security schemes. */
  auth: z
    .record(
      text,
      z.union([
        z.strictObject({ apiKey: text }),
        z.strictObject({ bearer: text }),
        z.strictObject({ username: z.string(), password: z.string() }),
      ]),
    )
    .default({}),
});

/** What every resolved entry has besides: its name, and the digest by which a change of it is recognised. */
interface Named {
  readonly name: string;
  readonly prefix: string;
  readonly digest: string;
  /** What references have brought that may be secret. */
  readonly secrets?: readonly string[];
}

export type StdioUpstream = Omit<z.output<typeof stdioEntry>, keyof Named | 'env' | 'envFile'> &
  Named & {
    kind: 'stdio';
    /** The whole environment of the child, with what it inherits. */
    env: Readonly<Record<string, string>>;
  };
export type HttpUpstream = Omit<z.output<typeof httpEntry>, keyof Named> & Named & { kind: 'http' };
export type OpenApiUpstream = Omit<z.output<typeof openApiEntry>, keyof Named> & Named & { kind: 'openapi' };

/** One upstream as the file describes it, references resolved and defaults filled in. */
export type UpstreamEntry = StdioUpstream | HttpUpstream | OpenApiUpstream;
export type UpstreamKind = UpstreamEntry['kind'];
