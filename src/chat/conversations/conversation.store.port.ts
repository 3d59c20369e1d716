import { type Bounds, storageFull } from '../../core/bounds/bounded-store.js';
import type { AppError } from '../../core/errors.js';
import { parseOwn } from '../../core/json/own-json.js';
import type { Steps } from '../../core/steps.js';
import { asLong, HEAVY_LENGTH } from '../../core/turn.js';
import type { Entry } from './conversation.js';

/** Entries that are kept of one conversation, and their bytes; the oldest make room. */
export const MAX_ENTRIES = 200;
export const MAX_CONVERSATION_BYTES = 4 * 1024 * 1024;
/** Of all conversations together. */
export const CONVERSATIONS_BYTES = 64 * 1024 * 1024;

/** @param entries CHAT_MAX_CONVERSATIONS */
export const conversationBounds = (entries: number): Bounds => ({ entries, bytes: CONVERSATIONS_BYTES });

/** What is larger than a whole conversation may be. */
export const entryTooLarge = (): AppError =>
  storageFull('one conversation', { whose: 'caller', bound: 'bytes', limit: MAX_CONVERSATION_BYTES });

/** The entries that are kept as these texts; a long conversation is read in many turns of the event loop. */
export function entriesIn(texts: readonly string[]): Entry[] | Promise<Entry[]> {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  return asLong(length, reading(texts));
}

function* reading(texts: readonly string[]): Steps<Entry[]> {
  const entries: Entry[] = [];
  let lengthOfStep = 0;
  for (const text of texts) {
    if (lengthOfStep > HEAVY_LENGTH) {
      yield;
      lengthOfStep = 0;
    }
    entries.push(parseOwn(text) as Entry);
    lengthOfStep += text.length;
  }
  return entries;
}

/**
 * Keeps conversations until they have not been used for CHAT_CONVERSATION_TTL_MS. A conversation is found under its
 * owner and its id only: with another owner it is as unknown as one that never was. It makes room for what its owner
 * adds elsewhere when it is the one that was unused for longest.
 */
export interface ConversationStore {
  /** Begins a conversation with its first entry. @throws AppError `storage_full` */
  begin(owner: string, id: string, first: Entry): Promise<void>;
  /**
   * Adds an entry as a whole; whoever adds at the same time, in whatever replica, loses nothing. Answers `false`, and
   * adds nothing, when there is no such conversation (any more).
   *
   * @throws AppError `storage_full`
   */
  append(owner: string, id: string, entry: Entry): Promise<boolean>;
  /** The entries in the order in which they came, or `undefined`. Its time begins anew. */
  read(owner: string, id: string): Promise<readonly Entry[] | undefined>;
  /** Whether there was such a conversation. */
  remove(owner: string, id: string): Promise<boolean>;
}

export const ConversationStore = Symbol('ConversationStore');
