import { readFile } from 'node:fs/promises';

/** The lines of a file of /proc or /sys, without empty ones; none when the file does not exist or is closed to us. */
export async function readLines(path: string): Promise<string[]> {
  return ((await readText(path)) ?? '').split('\n').filter((line) => line.trim() !== '');
}

/**
 * The trimmed content of a file of /proc or /sys. `null` when the kernel has no answer: an absent file (a feature that
 * is compiled out), a file that is closed to us, or one whose read fails (the carrier of an interface that is down).
 */
export async function readText(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}
