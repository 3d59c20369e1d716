import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** The largest file of variables, in bytes. */
export const MAX_ENV_FILE_BYTES = 65_536;

/**
 * The variables of a file in the form of `.env`.
 *
 * @throws Error that says why it cannot be read, and quotes nothing of it
 */
export function readEnvFile(path: string): Readonly<Record<string, string>> {
  // Without O_NONBLOCK a named pipe would hold up the server until somebody writes.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is no file');
    const bytes = Buffer.alloc(MAX_ENV_FILE_BYTES + 1);
    const length = filled(file, bytes);
    if (length > MAX_ENV_FILE_BYTES) throw new Error(`it has more than ${MAX_ENV_FILE_BYTES} bytes`);
    const text = bytes.toString('utf8', 0, length);
    return { ...parseEnv(text.startsWith('\uFEFF') ? text.slice(1) : text) } as Record<string, string>;
  } finally {
    closeSync(file);
  }
}

function filled(file: number, bytes: Buffer): number {
  for (let length = 0; ;) {
    const read = readSync(file, bytes, length, bytes.length - length, null);
    length += read;
    if (read === 0 || length === bytes.length) return length;
  }
}
