import { Writable } from 'node:stream';
import { createLogger } from '../../src/observability/log/logger.factory.js';

/** A line of the log, parsed. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A logger of the product, and what it has written since it was last emptied. */
export class CapturedLog {
  private written: string[] = [];

  readonly logger = createLogger(
    'info',
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.written.push(chunk.toString('utf8'));
        done();
      },
    }),
  );

  clear(): void {
    this.written = [];
  }

  /** As it was written. */
  text(): string {
    return this.written.join('');
  }

  lines(): LogLine[] {
    return this.text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }
}
