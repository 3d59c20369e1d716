import type { RedisClient } from '../../storage/redis.connection.js';
import type { JsonObject, McpLogLevel } from '../../core/client.port.js';
import type { Session, SessionStore } from './session.store.port.js';

const SUBSCRIPTION = 'subscription:';

/**
 * Sessions that every replica can serve: one Redis hash each. A subscription is a field of its own, so that two replicas
 * that change one session at the same time lose nothing.
 */
export class RedisSessionStore implements SessionStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly ttlMs: number,
  ) {}

  async create(session: Session): Promise<void> {
    const key = this.keyOf(session.id);
    const { principalId, revision, capabilities } = session;
    await this.redis
      .multi()
      .hset(key, { principalId, revision, capabilities: JSON.stringify(capabilities) })
      .pexpire(key, this.ttlMs)
      .exec();
  }

  async find(id: string): Promise<Session | undefined> {
    const key = this.keyOf(id);
    const [fields] = await Promise.all([this.redis.hgetall(key), this.redis.pexpire(key, this.ttlMs)]);
    const { principalId, revision, capabilities, logLevel } = fields;
    if (principalId === undefined || revision === undefined || capabilities === undefined) return undefined;
    return {
      id,
      principalId,
      revision,
      capabilities: JSON.parse(capabilities) as JsonObject,
      logLevel: logLevel as McpLogLevel | undefined,
      subscriptions: Object.keys(fields)
        .filter((field) => field.startsWith(SUBSCRIPTION))
        .map((field) => field.slice(SUBSCRIPTION.length)),
    };
  }

  async setLogLevel(id: string, level: McpLogLevel): Promise<void> {
    await this.setField(id, 'logLevel', level);
  }

  async addSubscription(id: string, uri: string): Promise<void> {
    await this.setField(id, `${SUBSCRIPTION}${uri}`, '');
  }

  async removeSubscription(id: string, uri: string): Promise<void> {
    await this.redis.hdel(this.keyOf(id), `${SUBSCRIPTION}${uri}`);
  }

  async remove(id: string): Promise<void> {
    await this.redis.del(this.keyOf(id));
  }

  /** With its time, for the session may have ended meanwhile: the field would stay for ever then. */
  private async setField(id: string, field: string, value: string): Promise<void> {
    const key = this.keyOf(id);
    await this.redis.multi().hset(key, field, value).pexpire(key, this.ttlMs).exec();
  }

  private keyOf(id: string): string {
    return `${this.prefix}session:${id}`;
  }
}
