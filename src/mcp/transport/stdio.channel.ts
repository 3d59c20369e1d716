import type { Writable } from 'node:stream';
import type { JsonObject } from '../../core/client.port.js';
import type { Exchange } from '../client/exchange.port.js';

/** Everything goes down one channel, whichever request it belongs to. */
export class StdioChannel implements Exchange {
  readonly canStream = true;
  readonly isAuthorised = true;

  constructor(private readonly output: Writable) {
    // A client that is gone has taken its end along (EPIPE): what is still to be said goes nowhere, and that is no fault.
    output.on('error', () => undefined);
  }

  send(message: JsonObject): void {
    this.write(JSON.stringify(message));
  }

  /** The channel is held open by the process at the other end. */
  keepAlive(): void {}

  /** A channel has no end of its own: the end of the input is the end of the connection. */
  onGone(): void {}

  write(text: string): void {
    this.output.write(`${text}\n`);
  }
}
