import { z } from 'zod';
import { ConfigurationError } from '../../config/configuration.loader.js';
import { isIpNetwork } from '../../config/values/ip-network.js';
import { GLOB } from '../../core/glob.js';
import { AnswerRefused, parseAnswer } from '../../core/json/answer.js';
import type { JsonBounds } from '../../core/json/json-scan.js';
import type { Scope } from '../../core/principal.js';
import { isScope } from '../../core/scopes.js';
import { inOneGo, type Steps } from '../../core/steps.js';
import { keyTextsOf } from './key-texts.js';

/**
 * A name that looks like the fingerprint of a key could be taken for one: things belong to `key:<name>` and
 * `key:<fingerprint>`.
 */
const FINGERPRINT = /^[0-9a-f]{8}$/;
export const MAX_KEYS = 100_000;
/** Of what is wrong with a file so much is told. */
export const MAX_PROBLEMS = 20;
/** Blanks before an entry that are looked past for the number of its line. */
const MAX_BLANKS = 1000;
/** UTF-16 units of entries that are read in one step. */
const STEP_LENGTH = 16_384;
const AT_POSITION = ' at position ';
/** What one entry may hold, and all that stands beside the entries. */
const ENTRY_BOUNDS: JsonBounds = {
  maxDepth: 8,
  maxNodes: 10_000,
  maxMembers: 5000,
  maxString: Infinity,
  maxName: Infinity,
};

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
  'set it to tools:call, tools:call:<pattern>, chat, admin, network:host or network:http-write',
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

/** The file without its entries, each of which is looked at by itself. */
const envelope = z.strictObject({ keys: z.array(z.never()) });

export type KeyEntry = z.infer<typeof keyEntry>;

/** What the file of MCP_API_KEYS_FILE holds: see docs/keys.md, "Keys file". */
export interface KeysFile {
  readonly keys: KeyEntry[];
}

/** {@link readKeysFile} in one go. */
export const parseKeysFile = (text: string, path: string): KeysFile => inOneGo(readKeysFile(text, path));

/**
 * Reads the text of a keys file, a few entries in each step.
 *
 * @throws ConfigurationError that lists what is wrong with it, {@link MAX_PROBLEMS} and how many more there are, and
 * repeats no digest.
 */
export function* readKeysFile(text: string, path: string): Steps<KeysFile> {
  const problems = new KeyProblems(text);
  const keys: KeyEntry[] = [];
  const owners = new Owners(problems);
  const parts = keyTextsOf(text);
  try {
    let part = parts.next();
    for (let index = 0, work = 0; part.done !== true; part = parts.next(), index += 1) {
      if (index === MAX_KEYS) throw new RangeError(`has more than ${MAX_KEYS} keys`);
      problems.from = part.value.from;
      const entry = entryOf(part.value.text, `keys[${index}]`, problems);
      if (entry !== undefined) {
        keys.push(entry);
        owners.add(entry, index);
      }
      work += part.value.text.length;
      if (work < STEP_LENGTH) continue;
      work = 0;
      yield;
    }
    problems.from = undefined;
    problems.addIssues('', envelope.safeParse(parseAnswer(part.value, ENTRY_BOUNDS)).error?.issues);
  } catch (error) {
    problems.clear();
    // The message of JSON.parse quotes the text, and somebody may have put a key there.
    const isJson = !(error instanceof SyntaxError);
    problems.add(
      isJson ? `it ${(error as Error).message}` : 'it is not JSON: compare it with docs/keys.md, "Keys file"',
      isJson ? 0 : offsetIn(error),
    );
  }
  const found = problems.list.map((problem) => `${path}: ${problem}`);
  if (found.length > 0) throw new ConfigurationError(found);
  return { keys };
}

/** @throws SyntaxError when the text is not JSON. */
function entryOf(text: string, at: string, problems: KeyProblems): KeyEntry | undefined {
  try {
    const { data, error } = keyEntry.safeParse(parseAnswer(text, ENTRY_BOUNDS));
    problems.addIssues(at, error?.issues);
    return data;
  } catch (error) {
    if (!(error instanceof AnswerRefused)) throw error;
    problems.add(`${at} ${error.message}`);
    return undefined;
  }
}

/** Where JSON.parse has stopped, as far as it says so. */
function offsetIn({ message }: SyntaxError): number {
  const said = message.lastIndexOf(AT_POSITION);
  return said === -1 ? 0 : Number.parseInt(message.slice(said + AT_POSITION.length), 10) || 0;
}

/** What is wrong with a file: the first ones, each with its line, and how many more. */
class KeyProblems {
  /** Where the entry begins that is looked at; nowhere in between. */
  from: number | undefined;
  private readonly first: string[] = [];
  private more = 0;
  /** The line of a place in the text that is no later than the next problem. */
  private line = 1;
  private place = 0;

  constructor(private readonly text: string) {}

  get list(): readonly string[] {
    return this.more === 0 ? this.first : [...this.first, `and ${this.more} more of the kind`];
  }

  /** @param offset of the problem in the entry */
  add(problem: string, offset = 0): void {
    if (this.first.length === MAX_PROBLEMS) this.more += 1;
    else
      this.first.push(
        this.from === undefined ? problem : `line ${this.lineAt(this.from + offset)}: ${problem}`,
      );
  }

  /** @param base where what has the issues stands in the file */
  addIssues(base: string, issues: readonly z.core.$ZodIssue[] = []): void {
    for (const issue of issues) for (const problem of problemsOf(issue, base)) this.add(problem);
  }

  clear(): void {
    this.first.length = this.more = 0;
  }

  private lineAt(place: number): number {
    // What stands before it: the end of the line before, and blanks.
    const begin = place + (this.text.slice(place, place + MAX_BLANKS).match(/^\s*/)?.[0].length ?? 0);
    for (
      let at = this.text.indexOf('\n', this.place);
      at !== -1 && at < begin;
      at = this.text.indexOf('\n', at + 1)
    ) {
      this.line += 1;
      this.place = at + 1;
    }
    return this.line;
  }
}

function problemsOf(issue: z.core.$ZodIssue, base: string): string[] {
  const at = issue.path.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : `${path}${path && '.'}${String(step)}`),
    base,
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (member) => `${at || 'it'} has a member that is not known${quoted(member)}: take it out`,
    );
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [isMissing ? `${at} is missing` : `${at || 'it'} cannot be used: ${issue.message}`];
}

/** Nothing that could be a key in the wrong place. */
const quoted = (member: string): string => (/^[A-Za-z_]{1,24}$/.test(member) ? `, "${member}"` : '');

/** Whose names and digests are taken. */
class Owners {
  private readonly names = new Map<string, number>();
  private readonly digests = new Map<string, number>();

  constructor(private readonly problems: KeyProblems) {}

  add({ name: own, digest: current, previous = [] }: KeyEntry, index: number): void {
    const first = this.names.get(own);
    if (first === undefined) this.names.set(own, index);
    else this.problems.add(`keys[${index}].name is "${own}", as is that of keys[${first}]: give it another`);
    for (const { digest: one } of [{ digest: current }, ...previous]) {
      const other = this.digests.get(one);
      if (other === undefined) this.digests.set(one, index);
      else
        this.problems.add(`keys[${index}] (${own}) has a digest that keys[${other}] has too: take one out`);
    }
  }
}
