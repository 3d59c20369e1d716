import { type Bounds, BoundedStore, bytesOf } from '../../core/bounds/bounded-store.js';
import type { SteadyClock } from '../../core/clock.js';
import type { Entry } from './conversation.js';
import {
  type ConversationStore,
  entriesIn,
  entryTooLarge,
  MAX_CONVERSATION_BYTES,
  MAX_ENTRIES,
} from './conversation.store.port.js';

interface Kept {
  /** Each as JSON: what is kept cannot be changed from outside, and its size is known. */
  readonly texts: readonly string[];
  readonly bytes: number;
}

/** Conversations of the only replica. */
export class MemoryConversationStore implements ConversationStore {
  private readonly conversations: BoundedStore<Kept>;

  constructor(
    private readonly clock: SteadyClock,
    private readonly ttlMs: number,
    total: Bounds,
  ) {
    this.conversations = new BoundedStore(clock, { what: 'conversations', total });
  }

  get used(): Bounds {
    return this.conversations.used;
  }

  async begin(owner: string, id: string, first: Entry): Promise<void> {
    this.push(owner, id, { texts: [], bytes: 0 }, first);
  }

  async append(owner: string, id: string, entry: Entry): Promise<boolean> {
    const kept = this.conversations.get(owner, id);
    if (kept !== undefined) this.push(owner, id, kept, entry);
    return kept !== undefined;
  }

  async read(owner: string, id: string): Promise<readonly Entry[] | undefined> {
    this.conversations.touch(owner, id, this.end);
    const kept = this.conversations.get(owner, id);
    return kept === undefined ? undefined : entriesIn(kept.texts);
  }

  async remove(owner: string, id: string): Promise<boolean> {
    return this.conversations.delete(owner, id);
  }

  private get end(): number {
    return this.clock.now() + this.ttlMs;
  }

  private push(owner: string, id: string, former: Kept, entry: Entry): void {
    const text = JSON.stringify(entry);
    const texts = [...former.texts, text];
    let bytes = former.bytes + bytesOf(text);
    let dropped = 0;
    while (
      texts.length - dropped > MAX_ENTRIES ||
      (bytes > MAX_CONVERSATION_BYTES && dropped < texts.length)
    ) {
      bytes -= bytesOf(texts[dropped]!);
      dropped += 1;
    }
    if (dropped === texts.length) throw entryTooLarge();
    this.conversations.put(owner, id, { texts: texts.slice(dropped), bytes }, { bytes, expires: this.end });
  }
}
