import type { RedisClient } from '../../storage/redis.connection.js';
import type { Clock } from '../../core/clock.js';
import type { StoredTask, TaskStore } from './task.store.port.js';

/** Tasks that every replica can report on. */
export class RedisTaskStore implements TaskStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly clock: Clock,
  ) {}

  async save(stored: StoredTask): Promise<void> {
    const { taskId, createdAt, ttlMs } = stored.task;
    const left = Date.parse(createdAt) + ttlMs - this.clock.now();
    if (left > 0) await this.redis.set(this.keyOf(taskId), JSON.stringify(stored), 'PX', left);
  }

  async find(taskId: string): Promise<StoredTask | undefined> {
    const text = await this.redis.get(this.keyOf(taskId));
    return text === null ? undefined : (JSON.parse(text) as StoredTask);
  }

  private keyOf(taskId: string): string {
    return `${this.prefix}task:${taskId}`;
  }
}
