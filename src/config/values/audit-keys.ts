import { MAX_KEYS_BYTES, readBounded } from '../../core/bounded-file.js';

const MIN_LENGTH = 32;

/**
 * The keys in a file, one a line: the first seals records, the others were in use before. `undefined` when the file
 * cannot be read, has none, or has one that is too short.
 */
export function readAuditKeys(path: string): string[] | undefined {
  try {
    const keys = readBounded(path, MAX_KEYS_BYTES)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    return keys.length > 0 && keys.every((key) => key.length >= MIN_LENGTH) ? keys : undefined;
  } catch {
    return undefined;
  }
}
