import { isSpecType, type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import { restored } from '../../core/json/answer.js';
import { nodesOf } from '../../core/json/nodes.js';
import { refusedAnswer } from './answer-gate.js';
import { keepsNumbers } from './described.js';
import { adapt, dropNulls } from './lenient-message.js';
import { hideItems } from './list-page.js';
import { mendBlocks } from './odd-blocks.js';
import { mendHandshake } from './odd-handshake.js';

/**
 * Members and items of a message, of a list's item too, in what the protocol describes: the SDK explains each that is
 * wrong at length, in 0.1 ms or so.
 */
export const MAX_FRAME_ITEMS = 300;

/** What the protocol leaves to whoever sends it: the SDK looks at nothing in there. */
const FREE: ReadonlySet<string> = new Set([
  ...['structuredContent', 'inputSchema', 'outputSchema', 'arguments', 'input', 'data', 'requestedSchema'],
]);
/** The lists of results that may be longer: each item is looked at by itself first, up to one that is wrong. */
const LONG_LISTS: Readonly<Record<string, (item: unknown) => boolean>> = {
  content: isSpecType.ContentBlock,
  messages: isSpecType.PromptMessage,
  contents: (item) => isSpecType.TextResourceContents(item) || isSpecType.BlobResourceContents(item),
};

/** Characters of the id of what an upstream asks, which comes back in our answer. */
export const MAX_ASKED_ID = 8192;

type Handler = NonNullable<Transport['onmessage']>;

/** What handlers are that have been guarded. */
const UNGUARDED = new WeakMap<Handler, Handler>();

/** The handler of a transport for messages that have passed the guard, to hand them on to later. */
export const unguarded = ({ onmessage }: Transport): Handler | undefined =>
  onmessage && (UNGUARDED.get(onmessage) ?? onmessage);

/**
 * Lets no message come to the SDK of which it would have too much to say: whatever handler is set hears of a broken
 * answer as of an error. Exact numbers are put back where they may
 * stand, and sound answers made such as the SDK takes. To be called before the client connects.
 *
 * @param isModern whether the server is known to be of revision 2026-07-28 or later
 */
export function guardFrames(transport: Transport, isModern = (): boolean => false): void {
  const guarded = guardOf(transport, isModern);
  let handler: Handler | undefined;
  Object.defineProperty(transport, 'onmessage', {
    configurable: true,
    enumerable: true,
    get: () => handler,
    set: (next: Handler | undefined) => {
      handler = next && guarded(next);
    },
  });
}

function guardOf(transport: Transport, isModern: () => boolean): (next: Handler) => Handler {
  // A handler may hand a message on to the one that was set before it.
  let passing: JSONRPCMessage | undefined;
  return (next) => {
    const guarded: Handler = (message, ...rest) => {
      if (message === passing) {
        next.call(transport, message, ...rest);
        return;
      }
      mend(message, isModern);
      const fault = faultOf(message);
      if (fault === undefined) {
        if ('result' in message) mendHandshake(message.result);
        passing = message;
      } else if ('result' in message) passing = refusedAnswer(message.id, fault);
      else {
        transport.onerror?.(new Error(`A message of the upstream ${fault}`));
        return;
      }
      try {
        next.call(transport, passing, ...rest);
      } finally {
        passing = undefined;
      }
    };
    UNGUARDED.set(guarded, next);
    return guarded;
  };
}

/** Makes of a message what the SDK takes, in place. */
function mend(message: JSONRPCMessage, isModern: () => boolean): void {
  restored(message, keepsNumbers);
  if ('result' in message) {
    adapt(message.result, isModern());
    mendBlocks(message.result, itemsOf);
  } else if ('params' in message) dropNulls(message.params);
  hideItems(message);
}

/** What is wrong with a message, said of it. */
export function faultOf(message: JSONRPCMessage): string | undefined {
  if ('method' in message && 'id' in message && String(message.id).length > MAX_ASKED_ID)
    return `has an id of more than ${MAX_ASKED_ID} characters`;
  if (itemsOf(message, MAX_FRAME_ITEMS) <= MAX_FRAME_ITEMS) return undefined;
  const tooMany = `has more than ${MAX_FRAME_ITEMS} items in the lists of a message`;
  if (!('result' in message)) return tooMany;
  const { result } = message;
  let short = 0;
  for (const [name, value] of Object.entries(result)) {
    const isGood = LONG_LISTS[name];
    if (isGood === undefined || !Array.isArray(value))
      short += FREE.has(name) ? 0 : 1 + itemsOf(value, MAX_FRAME_ITEMS);
    else {
      const bad = value.findIndex((item) => isTooLarge(item) || !isGood(item));
      if (bad !== -1) return `has an item ${bad} in ${name} that is not of the protocol`;
    }
    if (short > MAX_FRAME_ITEMS) return tooMany;
  }
  return undefined;
}

const isTooLarge = (value: unknown): boolean => itemsOf(value, MAX_FRAME_ITEMS) > MAX_FRAME_ITEMS;

/** Members and items, all levels together, of what the protocol describes; over `most`, any number that is. */
export const itemsOf = (value: unknown, most: number): number => nodesOf(value, most, FREE);
