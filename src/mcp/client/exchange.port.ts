import type { JsonObject } from '../../core/client.port.js';

/**
 * The way back to the client while one of its messages is answered. Over HTTP the response becomes a stream of events
 * when something precedes the answer; over stdio everything goes down the one channel.
 */
export interface Exchange {
  /** Whether anything can be sent before the answer. */
  readonly canStream: boolean;
  /** Whether the credential that opened it is still good; asked while a stream is open. */
  readonly isAuthorised: boolean;
  /** Sends a notification or a request of ours ahead of the answer; ignored where the client cannot take it. */
  send(message: JsonObject): void;
  /** A sign of life on a stream that is silent for long. */
  keepAlive(): void;
  /** Calls the listener once when the client has gone away. */
  onGone(listener: () => void): void;
}
