import { parseArgs, type ParseArgsConfig } from 'node:util';
import { keyEntry, type KeyEntry } from '../../access/keys/keys-file.js';
import { DEFAULT_KEY_SCOPES } from '../../access/keys/known-key.js';
import type { Scope } from '../../core/principal.js';
import { quote } from '../../core/quote.js';
import { parseDuration, parseTime } from './duration.js';

/** Something is wrong with the options of a command: it is answered with how to use it. */
export class UsageError extends Error {}

export const COMMON = {
  file: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;
const MANY = { type: 'string', multiple: true } as const;
export const MINT = {
  ...COMMON,
  name: { type: 'string' },
  scope: MANY,
  allow: MANY,
  deny: MANY,
  limit: { type: 'string' },
  window: { type: 'string' },
  expires: { type: 'string' },
  address: MANY,
} as const;
export const ROTATE = { ...COMMON, grace: { type: 'string' }, expires: { type: 'string' } } as const;

/** @throws UsageError for an option that the command does not have, or that lacks its value */
export function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  allowPositionals = false,
): ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: boolean }>> {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

type MintValues = ReturnType<typeof parse<typeof MINT>>['values'];

/** The members of a new entry of the keys file, as the options of `keys mint` give them. @throws UsageError */
export function membersFrom(values: MintValues, now: Date): Omit<KeyEntry, 'digest'> {
  const { name, scope, allow, deny, limit, window, address } = values;
  if (name === undefined) throw new UsageError('--name is missing');
  const expires = timeFrom('--expires', values.expires, now)?.toISOString();
  const rateLimit = rateLimitFrom(values);
  const members = {
    name,
    ...(expires !== undefined && { expires }),
    scopes: (scope as Scope[] | undefined) ?? [...DEFAULT_KEY_SCOPES],
    ...((allow ?? deny) && { tools: { ...(allow && { allow }), ...(deny && { deny }) } }),
    ...(rateLimit && { rateLimit }),
    ...(address && { addresses: address }),
  };
  checkOptions(members, { name, scope, allow, deny, limit, window, address });
  return members;
}

/** Which option gives a member of an entry. */
const OPTION_OF: Readonly<Record<string, string>> = {
  name: 'name',
  scopes: 'scope',
  'tools.allow': 'allow',
  'tools.deny': 'deny',
  'rateLimit.maxRequests': 'limit',
  'rateLimit.windowMs': 'window',
  addresses: 'address',
};

/** What the file would be refused for is said of the option that it comes from. */
function checkOptions(
  members: Omit<KeyEntry, 'digest'>,
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): void {
  const { error } = keyEntry.omit({ digest: true }).safeParse(members);
  const problems = error?.issues.map(({ path, message }) => {
    const option = OPTION_OF[path.filter((step) => typeof step === 'string').join('.')] ?? '';
    const index = path.find((step) => typeof step === 'number') ?? 0;
    const value = [values[option] ?? ''].flat()[index] ?? '';
    return `--${option} is ${quote(value)}: ${message}`;
  });
  if (problems !== undefined) throw new UsageError(problems.join('\n'));
}

function rateLimitFrom({ limit, window }: MintValues): KeyEntry['rateLimit'] {
  if (limit === undefined && window !== undefined) throw new UsageError('--window needs --limit');
  if (limit === undefined) return undefined;
  const windowMs = parseDuration(window ?? '15m');
  if (!/^\d{1,10}$/.test(limit)) throw new UsageError(`--limit is "${limit}": give a number of requests`);
  if (windowMs === undefined) throw new UsageError(`--window is "${window}": give a time such as 1m or 15m`);
  return { maxRequests: Number(limit), windowMs };
}

/** A time to come, from a time or a duration. @throws UsageError */
export function timeFrom(option: string, text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text, now.getTime());
  if (time === undefined)
    throw new UsageError(`${option} is "${text}": give a time such as 90d, 24h or 2027-01-31T00:00:00Z`);
  if (time <= now) throw new UsageError(`${option} is "${text}", which is over`);
  return time;
}

/** @throws UsageError unless there is exactly one */
export function nameFrom(positionals: readonly string[]): string {
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Give the name of one key');
  return name;
}
