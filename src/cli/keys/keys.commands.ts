import { apiKeyDigest, apiKeyFingerprint } from '../../core/api-key-digest.js';
import { mintApiKey } from '../../core/api-key-format.js';
import type { KeyEntry, KeysFile } from '../../access/keys/keys-file.js';

/** What a command cannot do with the file as it is. */
export class KeysCommandError extends Error {
  override readonly name = 'KeysCommandError';
}

/** A key that has just been made: the only time that it is to be seen. */
export interface MintedKey {
  readonly key: string;
  readonly entry: KeyEntry;
}

interface Changed<T> {
  readonly file: KeysFile;
  readonly result: T;
}

/** Makes a key and its entry. */
export function mint(
  file: KeysFile,
  members: Omit<KeyEntry, 'digest' | 'created' | 'previous'>,
  now: Date,
): Changed<MintedKey> {
  if (file.keys.some(({ name }) => name === members.name)) {
    throw new KeysCommandError(
      `There is a key "${members.name}" already: choose another name, or replace it with "keys rotate ${members.name}"`,
    );
  }
  const key = mintApiKey();
  const { name, ...rest } = members;
  const entry: KeyEntry = { name, digest: apiKeyDigest(key), created: now.toISOString(), ...rest };
  return { file: { keys: [...file.keys, entry] }, result: { key, entry } };
}

/** Takes a key out, with what is left of its former ones. */
export function revoke(file: KeysFile, name: string): Changed<KeyEntry> {
  const entry = find(file, name);
  return { file: { keys: file.keys.filter((one) => one !== entry) }, result: entry };
}

/** Puts a new key in the place of one; the former one lives until the end of its grace, or no longer. */
export function rotate(
  file: KeysFile,
  name: string,
  change: { readonly graceEnds?: Date; readonly expires?: string },
  now: Date,
): Changed<MintedKey> {
  const former = find(file, name);
  if (change.expires === undefined && hasExpired(former, now)) {
    throw new KeysCommandError(`The key "${name}" has expired: say with --expires when the new one shall`);
  }
  const key = mintApiKey();
  const { previous = [], ...rest } = former;
  const living = previous.filter(({ expires }) => Date.parse(expires) > now.getTime());
  const { graceEnds, expires } = change;
  if (graceEnds !== undefined) {
    const end = former.expires === undefined ? graceEnds : earlier(graceEnds, new Date(former.expires));
    living.push({ digest: former.digest, expires: end.toISOString() });
  }
  const entry: KeyEntry = {
    ...rest,
    digest: apiKeyDigest(key),
    created: now.toISOString(),
    ...(expires !== undefined && { expires }),
    ...(living.length > 0 && { previous: living }),
  };
  return { file: { keys: file.keys.map((one) => (one === former ? entry : one)) }, result: { key, entry } };
}

/** What may be shown of an entry. */
export interface ListedKey extends Omit<KeyEntry, 'digest' | 'previous'> {
  readonly fingerprint: string;
  readonly state: 'good' | 'expired';
  readonly previous?: readonly { readonly fingerprint: string; readonly expires: string }[];
}

export const list = ({ keys }: KeysFile, now: Date): ListedKey[] =>
  keys.map(({ digest, previous, ...entry }) => ({
    ...entry,
    fingerprint: apiKeyFingerprint(digest),
    state: hasExpired(entry, now) ? 'expired' : 'good',
    ...(previous && {
      previous: previous.map((one) => ({ fingerprint: apiKeyFingerprint(one.digest), expires: one.expires })),
    }),
  }));

const hasExpired = ({ expires }: { readonly expires?: string | undefined }, now: Date): boolean =>
  expires !== undefined && Date.parse(expires) <= now.getTime();

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

function find({ keys }: KeysFile, name: string): KeyEntry {
  const entry = keys.find((one) => one.name === name);
  if (entry === undefined) throw new KeysCommandError(`There is no key "${name}": see "keys list"`);
  return entry;
}
