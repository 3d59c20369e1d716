import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { isoNow } from '../../core/iso-now.js';
import type { LogFile } from './log.file.js';

/** A batch of this size is handed on at once; a smaller one after a while. */
const BATCH_BYTES = 8192;
const MAX_DELAY_MS = 100;
/** What may wait while nobody takes it. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const RETRY_MS = 100;
/** At the end of the process: whoever reads has this long to take what waits, and is asked this often. */
const LAST_PATIENCE_MS = 1000;
const LAST_RETRY_MS = 10;

const LINE_END = 0x0a;

interface Options {
  /** For a terminal: writes each line at once, as this makes it. The copy has it as it is. */
  readonly forTerminal?: ((line: string) => string) | undefined;
  readonly fd: number;
  readonly maxWaitingBytes?: number;
}

/**
 * Standard output or standard error for the log, in batches. What has been gathered is written when the process ends.
 *
 * Node makes pipes and sockets non-blocking: a full one says so (EAGAIN), and what it does not take waits here, up to a
 * bound. Beyond that, and where writing fails (a full disk), lines are lost and counted, and the log says so as soon as
 * it can. Nothing that the log meets with stops the server.
 *
 * Not through pino's destination: that one has no bound that counts lines, throws on a full disk, and then writes for
 * ever when the process ends.
 */
export class LogDestination implements DestinationStream {
  private readonly maxWaiting: number;
  private batch = '';
  private timer: NodeJS.Timeout | undefined;
  private readonly waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** How much of the first that waits has been written. */
  private offset = 0;
  /** Whether what was written last is half a line, and its rest is lost. */
  private isCut = false;
  private lostLines = 0;
  private onLost: (lines: number) => void = () => undefined;

  constructor(
    private readonly options: Options,
    private readonly copy?: LogFile,
  ) {
    this.maxWaiting = options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    process.on('exit', () => this.flushSync());
  }

  /** Tells how many lines are lost, each time that some are. */
  whenLost(listener: (lines: number) => void): void {
    this.onLost = listener;
  }

  write(line: string): void {
    this.batch += line;
    if (this.options.forTerminal !== undefined || this.batch.length >= BATCH_BYTES) this.handOn();
    else this.timer ??= setTimeout(() => this.handOn(), MAX_DELAY_MS).unref();
  }

  /** Pino's `logger.flush(callback)`. */
  flush(done: (error?: Error) => void = () => undefined): void {
    this.handOn();
    done();
  }

  /** For the end of the process: what is not taken now is lost. */
  flushSync(): void {
    this.handOn();
    const end = performance.now() + LAST_PATIENCE_MS;
    while (this.waiting.length > 0 && performance.now() < end) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_RETRY_MS);
      this.writeWaiting();
    }
  }

  private handOn(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.batch !== '') {
      this.copy?.write(this.batch);
      this.enqueue(Buffer.from(this.options.forTerminal?.(this.batch) ?? this.batch));
      this.batch = '';
    }
    this.writeWaiting();
  }

  private enqueue(lines: Buffer): void {
    if (this.waitingBytes + lines.length > this.maxWaiting) {
      this.lose(lines);
      return;
    }
    this.waiting.push(lines);
    this.waitingBytes += lines.length;
  }

  /** Writes until everything is written, or nothing more is taken. */
  private writeWaiting(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      try {
        this.offset += writeSync(this.options.fd, next, this.offset);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
          this.timer ??= setTimeout(() => this.handOn(), RETRY_MS).unref();
          return;
        }
        this.isCut = this.offset > 0;
        this.lose(next.subarray(this.offset));
        this.drop(next);
        continue;
      }
      if (this.offset === next.length) {
        this.drop(next);
        if (this.waiting.length === 0) this.tellOfLoss();
      }
    }
  }

  private drop(first: Buffer): void {
    this.waiting.shift();
    this.waitingBytes -= first.length;
    this.offset = 0;
  }

  private lose(lines: Buffer): void {
    let count = 0;
    for (const byte of lines) if (byte === LINE_END) count += 1;
    this.lostLines += count;
    this.onLost(count);
  }

  private tellOfLoss(): void {
    if (this.lostLines === 0) return;
    const line = JSON.stringify({
      timestamp: isoNow(),
      level: 'WARN',
      message: 'Lines of the log are lost: they could not be written',
      context: LogDestination.name,
      lines: this.lostLines,
    });
    this.enqueue(Buffer.from(`${this.isCut ? '\n' : ''}${line}\n`));
    this.lostLines = 0;
    this.isCut = false;
  }
}
