import { isObject } from '../../core/is-object.js';
import { beginningOf } from '../../core/quote.js';
import { ChatServerError, type RequestedCall } from './chat-server.port.js';
import { type CallPiece, PartialCall } from './partial-call.js';

export const MAX_CALLS = 128;
/** UTF-16 units of a call's id and name. */
export const MAX_ID = 128;
export const MAX_NAME = 256;
/** What an index or an id that is new counts, in characters: each is remembered. */
const KEY_SIZE = 64;

/**
 * Puts the calls of a completion together. The API gives each an index, and an id and a name with its first piece;
 * servers leave each of these out, use one twice, or repeat it: a call is told by what there is.
 */
export class PartialCalls {
  private readonly calls: PartialCall[] = [];
  private readonly byIndex = new Map<number, PartialCall>();
  private readonly byId = new Map<string, PartialCall>();
  /** The one that had the last piece. */
  private current: PartialCall | undefined;

  get isEmpty(): boolean {
    return this.calls.length === 0;
  }

  /** Takes a piece; answers how many UTF-16 units are kept of it. @throws ChatServerError `broken` */
  add(delta: unknown): number {
    if (!isObject(delta)) return 0;
    const piece = pieceOf(delta);
    const call = this.callOf(piece);
    call.add(piece);
    const before = this.byIndex.size + this.byId.size;
    if (piece.index !== undefined) this.byIndex.set(piece.index, call);
    if (piece.id !== '') this.byId.set(piece.id, call);
    this.current = call;
    return piece.arguments.length + KEY_SIZE * (this.byIndex.size + this.byId.size - before);
  }

  /** The calls in the order of their indices. @param isWhole whether the server had come to the end of its answer */
  complete(isWhole: boolean): RequestedCall[] {
    const taken = new Set<string>();
    return this.calls.toSorted((a, b) => a.index - b.index).map((call) => call.complete(taken, isWhole));
  }

  private callOf(piece: CallPiece): PartialCall {
    const { index, id, name } = piece;
    const isNumbered = index !== undefined;
    let known = isNumbered ? this.byIndex.get(index) : this.byId.get(id);
    // Without a name it cannot be a beginning, whatever its number; without anything it goes on with the last.
    if (name === '') known ??= this.byId.get(id) ?? this.current;
    else if (!isNumbered && id === '') known ??= this.current;
    return known === undefined || known.isFollowedBy(piece) ? this.begin(index) : known;
  }

  private begin(index = this.calls.length): PartialCall {
    if (this.calls.length >= MAX_CALLS)
      throw new ChatServerError('broken', `The model asked for more than ${MAX_CALLS} tools at once`);
    const call = new PartialCall(index);
    this.calls.push(call);
    return call;
  }
}

function pieceOf(delta: Readonly<Record<string, unknown>>): CallPiece {
  const { index, id } = delta;
  const called = isObject(delta['function']) ? delta['function'] : delta;
  return {
    index: indexOf(index),
    id: beginningOf(textOf(id), MAX_ID),
    name: beginningOf(textOf(called['name']).trim(), MAX_NAME),
    arguments: argumentsOf(ARGUMENTS.map((member) => called[member]).find(isGiven)),
  };
}

/** By what names servers give the arguments: what stands under another one was given by the model all the same. */
const ARGUMENTS = ['arguments', 'parameters', 'input', 'args'];
const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** A number, or the text of one. */
function indexOf(value: unknown): number | undefined {
  const index = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 ? index : undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The API wants a text; some servers give what should be written in it. */
const argumentsOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
};
