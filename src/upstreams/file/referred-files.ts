import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** The largest file that an entry may refer to, in bytes. */
export const MAX_REFERRED_BYTES = 65_536;
/** Files that the entries of one upstreams file may refer to. */
export const MAX_REFERRED_FILES = 500;

/** The files that entries refer to, each read once, and how they looked before. */
export class ReferredFiles {
  private readonly texts = new Map<string, string | Error>();
  private readonly looks = new Map<string, string>();

  /**
   * @param path absolute
   * @throws Error that says why it cannot be read, and quotes nothing of it
   */
  read(path: string): string {
    const text = this.texts.get(path) ?? this.readAnew(path);
    if (text instanceof Error) throw text;
    return text;
  }

  /** By their paths, what tells whether they have changed since. */
  get all(): ReadonlyMap<string, string> {
    return this.looks;
  }

  private readAnew(path: string): string | Error {
    if (this.texts.size >= MAX_REFERRED_FILES)
      return new Error(`it is one of more than ${MAX_REFERRED_FILES} files`);
    // Before it is read: a change meanwhile is found later.
    this.looks.set(path, lookOf(path));
    const text = textOrError(path);
    this.texts.set(path, text);
    return text;
  }
}

/** What changes about a file whenever its content does; empty for one that is not there. */
const described = (file: BigIntStats | undefined): string =>
  file === undefined ? '' : `${file.dev}:${file.ino}:${file.size}:${file.mtimeNs}:${file.ctimeNs}`;

function lookOf(path: string): string {
  try {
    return described(statSync(path, { bigint: true }));
  } catch {
    return described(undefined);
  }
}

/** Whether any file looks otherwise than it did. */
export async function haveChanged(files: ReadonlyMap<string, string>): Promise<boolean> {
  const looks = await Promise.all(
    [...files].map(async ([path, before]) => {
      const now = await stat(path, { bigint: true }).catch(() => undefined);
      return described(now) !== before;
    }),
  );
  return looks.includes(true);
}

function textOrError(path: string): string | Error {
  try {
    return textOf(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return new Error(code ?? message);
  }
}

function textOf(path: string): string {
  // Without O_NONBLOCK a named pipe would hold up the server until somebody writes.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is no file');
    const bytes = Buffer.alloc(MAX_REFERRED_BYTES + 1);
    const length = filled(file, bytes);
    if (length > MAX_REFERRED_BYTES) throw new Error(`it has more than ${MAX_REFERRED_BYTES} bytes`);
    const text = bytes.toString('utf8', 0, length);
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
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
