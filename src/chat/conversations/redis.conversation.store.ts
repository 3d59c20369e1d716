import { ENTRY_BYTES, shareOf } from '../../core/bounds/bounded-store.js';
import type { EntryScript, RedisBoundedStore, RedisConnection } from '../../storage/redis.connection.js';
import type { Entry } from './conversation.js';
import {
  conversationBounds,
  type ConversationStore,
  entriesIn,
  entryTooLarge,
  MAX_CONVERSATION_BYTES,
  MAX_ENTRIES,
} from './conversation.store.port.js';

/** What has expired or was deleted meanwhile does not come back: only `begin` makes a list. */
const PUSH = `
local text, isNew, maxLength, maxSize = ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
if isNew ~= 'new' and redis.call('EXISTS', entry) == 0 then return 0 end
local length = redis.call('RPUSH', entry, text)
local size = math.max(sizeOf(id), tonumber(ARGV[10])) + #text
while length > maxLength or size > maxSize do
  size = size - #redis.call('LPOP', entry)
  length = length - 1
end
-- It fits, for all other conversations of the owner may go.
makeRoom(size)
settle(size, false)
return 1
`;

/** Conversations that every replica can go on with: one Redis list each, to which entries are pushed as a whole. */
export class RedisConversationStore implements ConversationStore {
  private readonly kept: RedisBoundedStore;
  private readonly pushEntry: EntryScript;

  /** @param capacity CHAT_MAX_CONVERSATIONS */
  constructor(
    private readonly redis: RedisConnection,
    private readonly ttlMs: number,
    capacity: number,
  ) {
    const perOwner = shareOf(conversationBounds(capacity));
    this.kept = redis.boundedStore({ kind: 'chat', what: 'conversations', ttlMs, perOwner });
    this.pushEntry = this.kept.script('Push', PUSH);
  }

  async begin(owner: string, id: string, first: Entry): Promise<void> {
    await this.push(owner, id, first, 'new');
  }

  append(owner: string, id: string, entry: Entry): Promise<boolean> {
    return this.push(owner, id, entry, 'known');
  }

  async read(owner: string, id: string): Promise<readonly Entry[] | undefined> {
    const [entries] = await Promise.all([
      this.redis.client.lrange(this.kept.keyOf(owner, id), 0, -1),
      this.kept.touch(owner, id),
    ]);
    return entries.length === 0 ? undefined : entriesIn(entries);
  }

  remove(owner: string, id: string): Promise<boolean> {
    return this.kept.forget(owner, id);
  }

  private async push(owner: string, id: string, entry: Entry, state: 'new' | 'known'): Promise<boolean> {
    const text = JSON.stringify(entry);
    if (this.kept.bytesOf(text) > MAX_CONVERSATION_BYTES) throw entryTooLarge();
    const bounds = [MAX_ENTRIES, MAX_CONVERSATION_BYTES, ENTRY_BYTES];
    return (await this.pushEntry(owner, id, this.ttlMs, text, state, ...bounds)) > 0;
  }
}
