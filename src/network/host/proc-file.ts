import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * Hands out each line of a file of /proc, whatever its size. It waits for the kernel: for a thread that reads tables.
 *
 * @returns whether there is such a file, and it is open to us.
 */
export function eachLine(path: string, take: (line: string) => void): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let kept = 0;
    for (;;) {
      // A line that is longer than all before.
      if (kept === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      const bytes = readSync(file, buffer, kept, buffer.length - kept, null);
      const filled = kept + bytes;
      const end = bytes === 0 ? filled : buffer.lastIndexOf(LINE_FEED, filled - 1) + 1;
      for (const line of buffer.toString('utf8', 0, end).split('\n')) {
        if (line !== '') take(line);
      }
      if (bytes === 0) return true;
      buffer.copyWithin(0, end, filled);
      kept = filled - end;
    }
  } finally {
    closeSync(file);
  }
}

/** The lines of a file of /proc or /sys, without empty ones; none when the file does not exist or is closed to us. */
export function readLines(path: string): string[] {
  return (readText(path) ?? '').split('\n').filter((line) => line.trim() !== '');
}

/**
 * The trimmed content of a file of /proc or /sys. `null` when the kernel has no answer: an absent file (a feature that
 * is compiled out), a file that is closed to us, or one whose read fails (the carrier of an interface that is down).
 */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
