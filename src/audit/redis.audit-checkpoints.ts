import type { AuditCheckpoint, AuditCheckpoints } from './audit-checkpoints.port.js';
import { KEY_PREFIX, type RedisConnection } from '../storage/redis.connection.js';

const KEY = `${KEY_PREFIX}audit:checkpoints`;
const MAX_KEPT = 10_000;
const KEPT_SECONDS = 400 * 24 * 60 * 60;

/** The last 10,000 checkpoints of all replicas in one list, which expires 400 days after the last of them. */
export class RedisAuditCheckpoints implements AuditCheckpoints {
  constructor(private readonly redis: RedisConnection) {}

  async save(checkpoint: AuditCheckpoint): Promise<void> {
    const { client } = this.redis;
    await client.rpush(KEY, JSON.stringify(checkpoint));
    await client.ltrim(KEY, -MAX_KEPT, -1);
    await client.expire(KEY, KEPT_SECONDS);
  }

  async list(): Promise<readonly AuditCheckpoint[]> {
    const texts = await this.redis.client.lrange(KEY, 0, -1);
    return texts.map((text) => JSON.parse(text) as AuditCheckpoint);
  }
}
