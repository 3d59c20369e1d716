import { hash } from 'node:crypto';
import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from '../../storage/redis.connection.js';
import type { Entry } from './conversation.js';
import { type ConversationStore, MAX_ENTRIES } from './conversation.store.port.js';

/** Conversations that every replica can go on with: one Redis list each, to which entries are pushed as a whole. */
export class RedisConversationStore implements ConversationStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly ttlMs: number,
  ) {}

  async begin(owner: string, id: string, first: Entry): Promise<void> {
    const key = this.keyOf(owner, id);
    await this.firstOf(this.redis.multi().rpush(key, JSON.stringify(first)), key);
  }

  async append(owner: string, id: string, entry: Entry): Promise<boolean> {
    const key = this.keyOf(owner, id);
    // RPUSHX: what has expired or was deleted meanwhile does not come back.
    const length = await this.firstOf(this.redis.multi().rpushx(key, JSON.stringify(entry)), key);
    return length > 0;
  }

  async read(owner: string, id: string): Promise<readonly Entry[] | undefined> {
    const key = this.keyOf(owner, id);
    const [entries] = await Promise.all([this.redis.lrange(key, 0, -1), this.redis.pexpire(key, this.ttlMs)]);
    return entries.length === 0 ? undefined : entries.map((text) => JSON.parse(text) as Entry);
  }

  async remove(owner: string, id: string): Promise<boolean> {
    return (await this.redis.del(this.keyOf(owner, id))) > 0;
  }

  /** Runs a push, with the bound of the list and its time, in one transaction; answers what the push answered. */
  private async firstOf(push: ChainableCommander, key: string): Promise<number> {
    const results = await push.ltrim(key, -MAX_ENTRIES, -1).pexpire(key, this.ttlMs).exec();
    const [error, length] = results?.[0] ?? [new Error('Redis dropped the transaction'), 0];
    if (error !== null) throw error;
    return length as number;
  }

  /** The owner is a part of the key: whoever asks under another name finds nothing. */
  private keyOf(owner: string, id: string): string {
    return `${this.prefix}chat:${hash('sha256', owner, 'hex').slice(0, 16)}:${id}`;
  }
}
