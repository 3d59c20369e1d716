import { constants, fstatSync, writeSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { AuditSink, Beginning } from './audit.sink.js';

/** O_NONBLOCK: opening a pipe that nobody reads fails, instead of waiting for ever. Files know no difference. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const MODE = 0o600;
/** How often to look whether the file has been moved, in milliseconds. */
const LOOK_EVERY_MS = 1000;
/** More than the largest batch, whose last record has the seal. */
const TAIL_BYTES = 1_048_576;
const NEWLINE = 0x0a;
/** How long the end of the process waits for a write that is under way, in milliseconds. */
const EXIT_WAIT_MS = 100;

/** A file that is appended to. When it is moved away, as logrotate does, a new one is begun under its name. */
export class FileSink implements AuditSink {
  private file: FileHandle | undefined;
  private identity = '';
  private isRegular = false;
  private size = 0;
  private lookAt = 0;

  constructor(private readonly path: string) {}

  /** Look for a moved file before the next batch. */
  lookNow(): void {
    this.lookAt = 0;
  }

  async prepare(): Promise<Beginning | undefined> {
    if (this.file === undefined) return this.start();
    if (performance.now() < this.lookAt) return undefined;
    this.lookAt = performance.now() + LOOK_EVERY_MS;
    if ((await identityOf(this.path)) === this.identity) return undefined;
    const old = this.file;
    await this.open();
    // What it holds has been written; whether it is on the disk already is up to the disk.
    await old.close().catch(() => undefined);
    return { kind: 'moved' };
  }

  async write(bytes: Uint8Array): Promise<number> {
    const { bytesWritten } = await this.opened.write(bytes);
    this.size += bytesWritten;
    return bytesWritten;
  }

  async sync(): Promise<void> {
    if (this.isRegular) await this.opened.datasync();
  }

  writeSync(bytes: Uint8Array, before: number): void {
    if (this.file === undefined) return;
    const { fd } = this.file;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; this.isRegular && waited < EXIT_WAIT_MS; waited += 1) {
      if (fstatSync(fd).size >= this.size + before) break;
      Atomics.wait(pause, 0, 0, 1);
    }
    writeSync(fd, bytes);
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private get opened(): FileHandle {
    if (this.file === undefined) throw new Error('The audit file is not open');
    return this.file;
  }

  private async start(): Promise<Beginning> {
    const tail = await readTail(this.path);
    const torn = tail.length > 0 && tail.at(-1) !== NEWLINE;
    await this.open();
    try {
      if (torn) await this.write(Buffer.of(NEWLINE));
    } catch (error) {
      await this.close();
      throw error;
    }
    return { kind: 'started', tail, torn };
  }

  private async open(): Promise<void> {
    const file = await open(this.path, FLAGS, MODE);
    const { dev, ino, size, ...rest } = await file.stat();
    this.file = file;
    this.identity = `${dev}:${ino}`;
    this.size = size;
    this.isRegular = (rest.mode & constants.S_IFMT) === constants.S_IFREG;
    this.lookAt = performance.now() + LOOK_EVERY_MS;
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The lines at the end of a file: all of them, or as many as stand whole in the last {@link TAIL_BYTES}. */
async function readTail(path: string): Promise<Uint8Array> {
  const size = await regularSize(path);
  if (size === 0) return new Uint8Array(0);
  const file = await open(path, 'r');
  try {
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const tail = buffer.subarray(0, bytesRead);
    return length === size ? tail : tail.subarray(tail.indexOf(NEWLINE) + 1);
  } finally {
    await file.close();
  }
}

async function regularSize(path: string): Promise<number> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
