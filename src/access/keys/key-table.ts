import type { Clock } from '../../core/clock.js';
import { sorted, type Steps } from '../../core/steps.js';
import type { KeyEntry, KeysFile } from './keys-file.js';
import { KnownKey } from './known-key.js';

/** Keys that are put into the table in one step. */
const IN_A_STEP = 64;

/** An entry of the file, with the keys that it has put into force. */
interface Entry {
  readonly text: string;
  readonly keys: readonly (readonly [string, KnownKey])[];
}

export interface KeyChange {
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
}

export interface ExpiringKey {
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** The keys of one state of the keys file. */
export class KeyTable {
  static readonly EMPTY = new KeyTable(new Map(), new Map(), []);

  private constructor(
    private readonly entries: ReadonlyMap<string, Entry>,
    private readonly byDigest: ReadonlyMap<string, KnownKey>,
    /**
     * Those that expire, expired ones included, in the order of their times. Former keys, which were to expire, are
     * none of them.
     */
    readonly expiring: readonly ExpiringKey[],
  ) {}

  /** The table of a file. Keys that it has in common with the table before stay the same objects. */
  static *of({ keys }: KeysFile, before: KeyTable, clock: Clock): Steps<KeyTable> {
    const entries = new Map<string, Entry>();
    const byDigest = new Map<string, KnownKey>();
    const expiring: ExpiringKey[] = [];
    for (const key of keys) {
      const entry = entryOf(key, before.entries.get(key.name), clock);
      entries.set(key.name, entry);
      for (const [digest, known] of entry.keys) byDigest.set(digest, known);
      const { expiresAt } = entry.keys[0]![1];
      if (expiresAt !== Infinity) expiring.push({ name: key.name, expiresAt });
      if (entries.size % IN_A_STEP === 0) yield;
    }
    return new KeyTable(entries, byDigest, yield* sorted(expiring, (key) => key.expiresAt));
  }

  get(digest: string): KnownKey | undefined {
    return this.byDigest.get(digest);
  }

  get isAnyUsable(): boolean {
    for (const key of this.byDigest.values()) if (!key.hasExpired) return true;
    return false;
  }

  /** What is other than in the table before, and the keys of that which it puts out of force. */
  *changesSince(before: KeyTable): Steps<{ changes: readonly KeyChange[]; gone: readonly KnownKey[] }> {
    const changes: KeyChange[] = [];
    const gone: KnownKey[] = [];
    let looked = 0;
    for (const [name, entry] of before.entries) {
      if ((looked += 1) % IN_A_STEP === 0) yield;
      if (this.entries.get(name) === entry) continue;
      for (const [, key] of entry.keys) gone.push(key);
      changes.push({ name, change: this.entries.has(name) ? 'changed' : 'removed' });
    }
    for (const name of this.entries.keys()) {
      if ((looked += 1) % IN_A_STEP === 0) yield;
      if (!before.entries.has(name)) changes.push({ name, change: 'added' });
    }
    return { changes, gone };
  }
}

function entryOf(key: KeyEntry, before: Entry | undefined, clock: Clock): Entry {
  const text = JSON.stringify(key);
  return before?.text === text ? before : { text, keys: KnownKey.ofEntry(key, clock) };
}
