import type { Entry } from './conversation.js';

/** Entries that are kept of one conversation; the oldest make room. */
export const MAX_ENTRIES = 200;

/**
 * Keeps conversations until they have not been used for CHAT_CONVERSATION_TTL_MS. A conversation is found under its
 * owner and its id only: with another owner it is as unknown as one that never was.
 */
export interface ConversationStore {
  /** Begins a conversation with its first entry. */
  begin(owner: string, id: string, first: Entry): Promise<void>;
  /**
   * Adds an entry as a whole; whoever adds at the same time, in whatever replica, loses nothing. Answers `false`, and
   * adds nothing, when there is no such conversation (any more).
   */
  append(owner: string, id: string, entry: Entry): Promise<boolean>;
  /** The entries in the order in which they came, or `undefined`. Its time begins anew. */
  read(owner: string, id: string): Promise<readonly Entry[] | undefined>;
  /** Whether there was such a conversation. */
  remove(owner: string, id: string): Promise<boolean>;
}

export const ConversationStore = Symbol('ConversationStore');
