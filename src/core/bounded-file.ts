import { closeSync, openSync, readSync } from 'node:fs';

/** The largest file of keys, or with a certificate, in bytes. */
export const MAX_KEYS_BYTES = 1024 * 1024;

/** The largest file of keys by digest, upstreams, a policy or pins, in bytes: 100,000 keys have 20 MB. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

const FIRST_BYTES = 64 * 1024;

/** A file that has more than it may. The message is a sentence about it. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';

  constructor(maxBytes: number) {
    super(`It has more than ${maxBytes} bytes`);
  }
}

/**
 * The text of a file of which no more is read than it may have, whatever it is: what `stat` says of its size does not
 * hold for devices and pipes.
 *
 * @throws FileTooLarge for more than `maxBytes`; a system error when it cannot be read.
 */
export function readBounded(path: string, maxBytes: number): string {
  const file = openSync(path, 'r');
  try {
    let bytes = Buffer.allocUnsafe(Math.min(FIRST_BYTES, maxBytes + 1));
    for (let length = 0; ;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) return bytes.toString('utf8', 0, length);
      length += read;
      if (length > maxBytes) throw new FileTooLarge(maxBytes);
      if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, maxBytes + 1));
    }
  } finally {
    closeSync(file);
  }
}
