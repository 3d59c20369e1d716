import { createHash, type Hash } from 'node:crypto';
import { type BigIntStats, closeSync, openSync, readSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { FileTooLarge, MAX_FILE_BYTES } from '../core/bounded-file.js';
import type { Steps } from '../core/steps.js';

/** So much is read, and goes into the digest, in one step. */
const READ_BYTES = 256 * 1024;

/** What changes about a file whenever its content does. */
const described = (file: BigIntStats): string =>
  `${file.dev}:${file.ino}:${file.size}:${file.mtimeNs}:${file.ctimeNs}`;

/**
 * The text of the first file, and the digest of all of them.
 *
 * @throws FileTooLarge for more than MAX_FILE_BYTES; a system error when one cannot be read
 */
export function* contentOf(paths: readonly string[]): Steps<{ text: string; digest: string }> {
  const hash = createHash('sha256');
  const texts: string[] = [];
  for (const path of paths) texts.push(yield* textOf(path, hash));
  return { text: texts[0] ?? '', digest: hash.digest('hex') };
}

/** The text of a file, of which all bytes go into the hash. */
function* textOf(path: string, hash: Hash): Steps<string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const piece = Buffer.allocUnsafe(READ_BYTES);
    const texts: string[] = [];
    for (let total = 0; ;) {
      const bytes = piece.subarray(0, readSync(file, piece));
      if (bytes.length === 0) return texts.join('') + decoder.end();
      total += bytes.length;
      if (total > MAX_FILE_BYTES) throw new FileTooLarge(MAX_FILE_BYTES);
      hash.update(bytes);
      texts.push(decoder.write(bytes));
      if (bytes.length === READ_BYTES) yield;
    }
  } finally {
    closeSync(file);
  }
}

/** How the files look now; changes with the content of any of them. */
export const lookOf = (paths: readonly string[]): string =>
  paths
    .map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
    .map((file) => (file === undefined ? '' : described(file)))
    .join();

/** The same without keeping anybody waiting. */
export async function lookInBackground(paths: readonly string[]): Promise<string> {
  const looks = paths.map((path) => stat(path, { bigint: true }).then(described, () => ''));
  return (await Promise.all(looks)).join();
}
