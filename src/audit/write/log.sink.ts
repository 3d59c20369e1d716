import type { DestinationStream } from 'pino';
import type { AuditSink, Beginning } from './audit.sink.js';

/** Standard output, through the destination of the log: two writers would tear each other's lines. */
export class LogSink implements AuditSink {
  private hasBegun = false;

  constructor(private readonly log: DestinationStream) {}

  async prepare(): Promise<Beginning | undefined> {
    if (this.hasBegun) return undefined;
    this.hasBegun = true;
    return { kind: 'started', tail: new Uint8Array(0), torn: false };
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.log.write(textOf(bytes));
    return bytes.length;
  }

  async sync(): Promise<void> {}

  writeSync(bytes: Uint8Array): void {
    // The log writes what it has been given when the process exits.
    this.log.write(textOf(bytes));
  }

  async close(): Promise<void> {}
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
