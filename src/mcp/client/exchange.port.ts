import type { CallHeaders } from '../../core/call-context.js';
import type { JsonObject } from '../../core/client.port.js';
import type { Principal } from '../../core/principal.js';
import type { RequestContext } from '../../observability/request-context.js';
import type { McpHeaders } from '../protocol/request-headers.js';

/**
 * The way to the client while something of it is answered. Over HTTP the response becomes a stream of events when
 * something precedes the answer; over stdio everything goes down the one channel.
 */
export interface ClientChannel {
  readonly principal: Principal;
  /** What it shares its end with: each response over HTTP ends by itself, all exchanges over stdio end together. */
  readonly connection: object;
  /** Whether anything can be sent before the answer. */
  readonly canStream: boolean;
  /** Whether the credential that opened it is still good; asked while a stream is open. */
  readonly isAuthorised: boolean;
  /** Sends a notification or a request of ours ahead of the answer; ignored where the client cannot take it. */
  send(message: JsonObject): void;
  /** A sign of life on a stream that is silent for long. */
  keepAlive(): void;
  /** Bytes that have been sent and wait here until the client reads on; left out where all share one channel. */
  readonly unreadBytes?: number;
  /** Breaks the connection with what waits on it. */
  breakOff?(): void;
  /** Calls the listener once when the client has gone away. */
  onGone(listener: () => void): void;
}

/** One body that a transport has received: who has sent it, what came with it, and the way back. */
export interface Exchange extends ClientChannel {
  /** The correlation id, and what goes into the line of the log. */
  readonly trace: RequestContext;
  /** The headers that MCP reads; `undefined` for a transport without headers. */
  readonly headers: McpHeaders | undefined;
  /** All headers as they came; `undefined` for a transport without headers. */
  readonly requestHeaders: CallHeaders | undefined;
  /** The session that a legacy message names, or that the connection stands for. */
  readonly sessionId: string | undefined;
  /** UTF-16 units of the body: for as long as it is answered, it is held, and so is what was parsed of it. */
  readonly bodyLength: number;
  /**
   * Counts the further messages of a batch; the first has been counted by the guard. @throws AppError beyond the limit
   */
  countMessages(further: number): Promise<void> | undefined;
}
