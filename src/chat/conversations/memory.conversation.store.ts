import type { Clock } from '../../core/clock.js';
import type { Entry } from './conversation.js';
import { type ConversationStore, MAX_ENTRIES } from './conversation.store.port.js';

interface Kept {
  /** Each as JSON: what is kept cannot be changed from outside, and its size is known. */
  readonly entries: string[];
  expires: number;
}

/** All conversations together, in UTF-16 units. */
const MAX_SIZE = 64 * 1024 * 1024;

/** Conversations of the only replica: bounded in number and size, the one that was unused for longest goes first. */
export class MemoryConversationStore implements ConversationStore {
  /** In the order of use. */
  private readonly kept = new Map<string, Kept>();
  private size = 0;

  constructor(
    private readonly clock: Clock,
    private readonly ttlMs: number,
    private readonly capacity: number,
    private readonly maxSize = MAX_SIZE,
  ) {}

  get count(): number {
    return this.kept.size;
  }

  begin(owner: string, id: string, first: Entry): Promise<void> {
    const key = keyOf(owner, id);
    this.forget(key);
    this.kept.set(key, { entries: [], expires: this.clock.now() + this.ttlMs });
    this.push(key, first);
    return Promise.resolve();
  }

  append(owner: string, id: string, entry: Entry): Promise<boolean> {
    const key = keyOf(owner, id);
    const isKnown = this.use(key) !== undefined;
    if (isKnown) this.push(key, entry);
    return Promise.resolve(isKnown);
  }

  read(owner: string, id: string): Promise<readonly Entry[] | undefined> {
    const entries = this.use(keyOf(owner, id))?.entries;
    return Promise.resolve(entries?.map((text) => JSON.parse(text) as Entry));
  }

  remove(owner: string, id: string): Promise<boolean> {
    const key = keyOf(owner, id);
    const isKnown = this.use(key) !== undefined;
    this.forget(key);
    return Promise.resolve(isKnown);
  }

  /** The conversation, moved to the end of the order, unless its time is over. */
  private use(key: string): Kept | undefined {
    const kept = this.kept.get(key);
    if (kept === undefined) return undefined;
    const now = this.clock.now();
    if (kept.expires <= now) {
      this.forget(key);
      return undefined;
    }
    kept.expires = now + this.ttlMs;
    this.kept.delete(key);
    this.kept.set(key, kept);
    return kept;
  }

  private push(key: string, entry: Entry): void {
    const { entries } = this.kept.get(key)!;
    const text = JSON.stringify(entry);
    entries.push(text);
    this.size += text.length;
    if (entries.length > MAX_ENTRIES) this.size -= entries.shift()!.length;
    this.makeRoom(key);
  }

  /** The conversation that has just grown stays, whatever its size. */
  private makeRoom(newest: string): void {
    const now = this.clock.now();
    for (const [key, { expires }] of this.kept) {
      if (expires > now && this.kept.size <= this.capacity && this.size <= this.maxSize) return;
      if (key !== newest) this.forget(key);
    }
  }

  private forget(key: string): void {
    for (const text of this.kept.get(key)?.entries ?? []) this.size -= text.length;
    this.kept.delete(key);
  }
}

const keyOf = (owner: string, id: string): string => JSON.stringify([owner, id]);
