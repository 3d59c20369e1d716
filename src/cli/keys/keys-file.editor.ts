import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigurationError } from '../../config/configuration.loader.js';
import { type KeysFile, parseKeysFile } from '../../access/keys/keys-file.js';
import { FileTooLarge, MAX_FILE_BYTES, readBounded } from '../../core/bounded-file.js';

/** How long another command may take to finish. */
const LOCK_WAIT_MS = 5000;
const LOCK_PAUSE_MS = 20;
/** A new file is its owner's alone; whoever may read an existing one (a service by its group) goes on reading it. */
const NEW_MODE = 0o600;
const KEPT_BITS = 0o640;

/** Thrown while another command changes the file. */
export class KeysFileLockedError extends Error {
  override readonly name = 'KeysFileLockedError';

  constructor(readonly lock: string) {
    super(`Another keys command is changing the file. If none is running, delete ${lock} and try again`);
  }
}

/** Changes a keys file as a whole: one command at a time, and no reader ever sees half of it. */
export class KeysFileEditor {
  /** The file itself, where the path is a link. */
  private readonly path: string;

  constructor(path: string) {
    this.path = realPathOf(path);
  }

  /** @throws ConfigurationError when the file is not there, or cannot be used. */
  read(): KeysFile {
    if (statOf(this.path) === undefined) {
      throw new ConfigurationError([`${this.path}: there is no such file; "keys mint" makes it`]);
    }
    return parseKeysFile(this.text(), this.path);
  }

  /**
   * Reads, changes and writes the file under a lock.
   *
   * @param mayBeNew whether a file that is not there counts as one without keys
   * @throws KeysFileLockedError when another command holds the lock for too long; a system error when the file cannot
   * be written; whatever `edit` throws, and then nothing is written.
   */
  async change<T>(edit: (file: KeysFile) => { file: KeysFile; result: T }, mayBeNew = false): Promise<T> {
    const lock = `${this.path}.lock`;
    closeSync(await take(lock));
    try {
      const isNew = mayBeNew && statOf(this.path) === undefined;
      const { file, result } = edit(isNew ? { keys: [] } : this.read());
      this.write(file);
      return result;
    } finally {
      rmSync(lock, { force: true });
    }
  }

  private text(): string {
    try {
      return readBounded(this.path, MAX_FILE_BYTES);
    } catch (error) {
      if (!(error instanceof FileTooLarge)) throw error;
      throw new ConfigurationError([`${this.path}: ${error.message}`]);
    }
  }

  private write(file: KeysFile): void {
    const text = `${JSON.stringify(file, undefined, 2)}\n`;
    // A server would refuse it: better not to have written it.
    parseKeysFile(text, this.path);
    const former = statOf(this.path);
    const temporary = join(dirname(this.path), `.${basename(this.path)}.${process.pid}.tmp`);
    try {
      const descriptor = openSync(temporary, 'wx', NEW_MODE);
      try {
        writeFileSync(descriptor, text);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      if (former !== undefined) keepOwner(temporary, former);
      renameSync(temporary, this.path);
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

/** The owner first: who gives a file away loses the right to set its mode. */
function keepOwner(path: string, { uid, gid, mode }: Stats): void {
  const own = statSync(path);
  if (own.uid !== uid || own.gid !== gid) chownSync(path, uid, gid);
  chmodSync(path, (mode & KEPT_BITS) | NEW_MODE);
}

async function take(lock: string): Promise<number> {
  const giveUpAt = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return openSync(lock, 'wx', NEW_MODE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (performance.now() > giveUpAt) throw new KeysFileLockedError(lock);
      await pause(LOCK_PAUSE_MS);
    }
  }
}

const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error;
  }
}
