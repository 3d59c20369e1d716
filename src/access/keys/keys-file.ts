import { z } from 'zod';
import { ConfigurationError } from '../../config/configuration.loader.js';
import { isIpNetwork } from '../../config/values/ip-network.js';
import { GLOB } from '../../core/glob.js';
import type { Scope } from '../../core/principal.js';
import { isScope } from '../../core/scopes.js';

/**
 * A name that looks like the fingerprint of a key could be taken for one: things belong to `key:<name>` and
 * `key:<fingerprint>`.
 */
const FINGERPRINT = /^[0-9a-f]{8}$/;
const MAX_KEYS = 100_000;

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'use 1 to 64 letters, digits, ".", "_" and "-"')
  .refine((text) => !FINGERPRINT.test(text), 'it looks like the fingerprint of a key: use another name');
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'set it to the SHA-256 of the key, 64 lower-case hexadecimal digits');
const time = z.iso.datetime({
  offset: true,
  error: 'set it to a time of RFC 3339, such as 2027-01-31T00:00:00Z',
});
const glob = z
  .string()
  .regex(GLOB, 'write a tool name in which "*" stands for any characters, such as network_*');
const scope = z.custom<Scope>(
  (value) => typeof value === 'string' && isScope(value),
  'set it to tools:call, tools:call:<pattern>, chat or admin',
);
const network = z
  .string()
  .refine(isIpNetwork, 'write an address or a network, such as 10.0.0.0/8 or 2001:db8::/32');

/** One entry of the file. */
export const keyEntry = z.strictObject({
  name,
  digest,
  created: time.optional(),
  expires: time.optional(),
  scopes: z.array(scope).min(1, 'a key without a scope opens nothing: give one, or take the key out'),
  tools: z.strictObject({ allow: z.array(glob).optional(), deny: z.array(glob).optional() }).optional(),
  rateLimit: z
    .strictObject({
      maxRequests: z.int().min(1).max(1_000_000_000),
      windowMs: z.int().min(1000).max(86_400_000),
    })
    .optional(),
  addresses: z.array(network).min(1, 'an empty list lets the key come from nowhere: take it out').optional(),
  /** Digests that go on opening until then: keys that have been rotated, with time to change over. */
  previous: z.array(z.strictObject({ digest, expires: time })).optional(),
});

const keysFile = z.strictObject({ keys: z.array(keyEntry).max(MAX_KEYS) });

/** What the file of MCP_API_KEYS_FILE holds: see docs/configuration.md, "Keys file". */
export type KeysFile = z.infer<typeof keysFile>;
export type KeyEntry = KeysFile['keys'][number];

/**
 * Reads the text of a keys file.
 *
 * @throws ConfigurationError that lists everything that is wrong with it, and repeats no digest.
 */
export function parseKeysFile(text: string, path: string): KeysFile {
  const refuse = (problems: readonly string[]): never => {
    throw new ConfigurationError(problems.map((problem) => `${path}: ${problem}`));
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, and somebody may have put a key there.
    return refuse(['it is not JSON: compare it with docs/configuration.md, "Keys file"']);
  }
  const result = keysFile.safeParse(json);
  if (!result.success) return refuse(result.error.issues.flatMap(problemsOf));
  const doubles = doubledIn(result.data);
  return doubles.length > 0 ? refuse(doubles) : result.data;
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : `${path}${path && '.'}${String(step)}`),
    '',
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (member) => `${at || 'it'} has a member that is not known${quoted(member)}: take it out`,
    );
  }
  return [`${at || 'it'} cannot be used: ${issue.message}`];
}

/** Nothing that could be a key in the wrong place. */
const quoted = (member: string): string => (/^[A-Za-z_]{1,24}$/.test(member) ? `, "${member}"` : '');

function doubledIn({ keys }: KeysFile): string[] {
  const names = new Map<string, number>();
  const digests = new Map<string, number>();
  return keys.flatMap((entry, index) => {
    const problems: string[] = [];
    const first = names.get(entry.name);
    if (first !== undefined)
      problems.push(`keys[${index}].name is "${entry.name}", as is that of keys[${first}]: give it another`);
    else names.set(entry.name, index);
    for (const { digest: own } of [entry, ...(entry.previous ?? [])]) {
      const other = digests.get(own);
      if (other !== undefined)
        problems.push(
          `keys[${index}] (${entry.name}) has a digest that keys[${other}] has too: take one out`,
        );
      else digests.set(own, index);
    }
    return problems;
  });
}
