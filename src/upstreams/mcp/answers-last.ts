import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { unguarded } from './frame-guard.js';

type Rest = Parameters<NonNullable<Transport['onmessage']>> extends [unknown, ...infer R] ? R : never;

/**
 * Lets an answer wait for the notifications that came right before it. The SDK takes up a notification a moment later
 * than it comes, and an answer at once: the last step of a call, which often comes in one piece with the answer, would
 * find nobody.
 *
 * To be called when the client has connected.
 */
export function takeAnswersLast(transport: Transport): void {
  const onmessage = unguarded(transport);
  if (onmessage === undefined) return;
  let hasNotified = false;
  const settle = (): void => void (hasNotified = false);
  const deliver = (message: JSONRPCMessage, ...rest: Rest): void => {
    if ('method' in message && !('id' in message)) {
      if (!hasNotified) setImmediate(settle);
      hasNotified = true;
    } else if (hasNotified) {
      setImmediate(() => onmessage.call(transport, message, ...rest));
      return;
    }
    onmessage.call(transport, message, ...rest);
  };
  Object.assign(transport, { onmessage: deliver });
}
