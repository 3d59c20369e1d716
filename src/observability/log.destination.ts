import { type DestinationStream, pino } from 'pino';
import type { LogFile } from './log.file.js';

/** A batch of this size is handed on at once; a smaller one after a while. */
const BATCH_BYTES = 8192;
const MAX_DELAY_MS = 100;

type SonicBoom = ReturnType<typeof pino.destination>;

/**
 * Standard output or standard error for the log. `sync` writes each line at once, for a terminal.
 *
 * Otherwise lines are gathered and handed to pino's asynchronous destination in batches: line by line, that one costs
 * more than making the line. What has been gathered is written when the process ends.
 */
export class LogDestination implements DestinationStream {
  private readonly output: SonicBoom;
  private batch = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: { readonly sync: boolean; readonly fd: 1 | 2 },
    private readonly copy?: LogFile,
  ) {
    this.output = pino.destination({ dest: options.fd, sync: options.sync });
    process.on('exit', () => this.flushSync());
  }

  write(line: string): void {
    if (this.options.sync) {
      this.output.write(line);
      this.copy?.write(line);
      return;
    }
    this.batch += line;
    if (this.batch.length >= BATCH_BYTES) this.handOn();
    else this.timer ??= setTimeout(() => this.handOn(), MAX_DELAY_MS).unref();
  }

  /** Pino's `logger.flush(callback)`. */
  flush(done: (error?: Error) => void = () => undefined): void {
    this.handOn();
    this.output.flush(done);
  }

  /** Nothing is left to be written afterwards: for the end of the process. */
  flushSync(): void {
    clearTimeout(this.timer);
    this.output.flushSync();
    // Handed on to an asynchronous output, the rest would be under way when the process ends, and be lost.
    this.copy?.write(this.batch);
    if (this.batch !== '') pino.destination({ dest: this.options.fd, sync: true }).write(this.batch);
    this.batch = '';
  }

  private handOn(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.batch === '') return;
    this.output.write(this.batch);
    this.copy?.write(this.batch);
    this.batch = '';
  }
}
