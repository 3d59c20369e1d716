import { appendFileSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'mcpo-mcp-server.log';
const MODE = 0o640;

/**
 * The second copy of the log, in LOG_DIR. On SIGHUP it is opened anew under its name, because logrotate has moved it.
 * It is a copy: that it cannot be written disturbs nothing else.
 *
 * Not through pino's destination: at the end of the process that one writes to a full disk for ever. A batch is a few
 * microseconds of copying into the cache of the kernel.
 */
export class LogFile {
  private readonly path: string;
  private file: number;

  /** @throws Error when it cannot be opened. */
  constructor(directory: string) {
    this.path = join(directory, NAME);
    this.file = this.open();
    process.on('SIGHUP', () => this.reopen());
  }

  write(lines: string): void {
    try {
      appendFileSync(this.file, lines);
    } catch {
      // A full disk. Standard output has the lines.
    }
  }

  private open(): number {
    return openSync(this.path, 'a', MODE);
  }

  private reopen(): void {
    try {
      const old = this.file;
      this.file = this.open();
      closeSync(old);
    } catch {
      // The old file goes on.
    }
  }
}
