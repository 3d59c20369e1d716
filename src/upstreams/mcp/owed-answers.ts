import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { UpstreamError } from '../upstream.error.js';

/** Answers to what an upstream asks that are sent at a time: over HTTP each takes a connection of the pool. */
export const ANSWERS_AT_ONCE = 8;
/** Answers that wait behind these: whoever asks so much, and takes no answer, is given up. */
export const MAX_OWED = 1000;

/**
 * Has the answers to what an upstream asks wait for one another, so many and no more. The SDK answers a ping, and a
 * request that it does not know, as fast as they come. To be called before the client connects.
 *
 * @param giveUp is told once, with the reason; what waited is forgotten
 */
export function boundAnswers(transport: Transport, giveUp: (reason: UpstreamError) => void): void {
  const send = transport.send.bind(transport);
  let waiting: JSONRPCMessage[] = [];
  let sending = 0;
  let isGivenUp = false;
  const sendOn = (): void => {
    while (sending < ANSWERS_AT_ONCE && waiting.length > 0) {
      sending += 1;
      void send(waiting.shift()!)
        .catch((error: unknown) => transport.onerror?.(error as Error))
        .finally(() => {
          sending -= 1;
          sendOn();
        });
    }
  };
  transport.send = (message, options) => {
    if ('method' in message) return send(message, options);
    if (!isGivenUp && waiting.push(message) > MAX_OWED) {
      isGivenUp = true;
      waiting = [];
      giveUp(
        new UpstreamError('unreachable', `It takes no answers to what it asks: ${MAX_OWED} of them wait`),
      );
    }
    sendOn();
    // At once: whoever answers would keep the request until then, which may be long.
    return Promise.resolve();
  };
}
