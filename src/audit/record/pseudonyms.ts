import { createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { MAX_KEYS_BYTES, readBounded } from '../../core/bounded-file.js';

const LINE = /^(\d{4}-\d{2}) ([\da-f]{64})$/;
const PSEUDONYM_DIGITS = 16;
/** Addresses whose pseudonyms are remembered, because they come again. */
const MAX_REMEMBERED = 1000;

/** The keys of a pseudonym file by month, such as `2026-11`. The first of several for a month counts. */
export function parsePseudonymKeys(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, month, key] = LINE.exec(line.trim()) ?? [];
    if (month !== undefined && key !== undefined && !keys.has(month)) keys.set(month, key);
  }
  return keys;
}

/** What stands in the trail for a personal datum: nobody can tell whose it is without the key of the month. */
export const pseudonymOf = (value: string, month: string, key: string): string =>
  `p:${month}:${createHmac('sha256', key).update(value).digest('hex').slice(0, PSEUDONYM_DIGITS)}`;

/**
 * Replaces personal data by pseudonyms under a random key for each calendar month (UTC). The keys stand in a file, one
 * a line; when a line is deleted, the pseudonyms of that month belong to nobody any more.
 */
export class Pseudonyms {
  private month = '';
  private key = '';
  private readonly known = new Map<string, string>();

  constructor(
    private readonly path: string,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @param time ISO 8601, in UTC */
  of(value: string, time: string): string {
    const month = time.slice(0, 7);
    if (month !== this.month) this.enter(month);
    let pseudonym = this.known.get(value);
    if (pseudonym === undefined) {
      pseudonym = pseudonymOf(value, month, this.key);
      if (this.known.size >= MAX_REMEMBERED) this.known.clear();
      this.known.set(value, pseudonym);
    }
    return pseudonym;
  }

  /** Reads the file again at the next occasion: a key may have been deleted. */
  forget(): void {
    this.month = '';
    this.key = '';
    this.known.clear();
  }

  private enter(month: string): void {
    this.forget();
    this.month = month;
    try {
      this.key = this.read(month) ?? this.create(month);
    } catch (error) {
      // Nobody else has this one: the pseudonyms of this process cannot be resolved, which gives nothing away.
      this.key = newKey();
      this.onError(error);
    }
  }

  private read(month: string): string | undefined {
    if (!existsSync(this.path)) return undefined;
    return parsePseudonymKeys(readBounded(this.path, MAX_KEYS_BYTES)).get(month);
  }

  /** Another replica may do the same at the same time: what stands first in the file counts. */
  private create(month: string): string {
    appendFileSync(this.path, `${month} ${newKey()}\n`, { mode: 0o600 });
    const key = this.read(month);
    if (key === undefined) throw new Error(`The key of ${month} is not in ${this.path} after it was written`);
    return key;
  }
}

const newKey = (): string => randomBytes(32).toString('hex');
