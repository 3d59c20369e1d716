import type { Writable } from 'node:stream';

/** What everything goes down over stdio, whichever request it belongs to: one message a line. */
export class StdioChannel {
  constructor(private readonly output: Writable) {
    // A client that is gone has taken its end along (EPIPE): what is still to be said goes nowhere, and that is no
    // fault.
    output.on('error', () => undefined);
  }

  /** @param text one JSON document without a line break, as `JSON.stringify` makes it */
  write(text: string): void {
    this.output.write(`${text}\n`);
  }
}
