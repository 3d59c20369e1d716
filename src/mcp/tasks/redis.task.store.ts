import { shareOf } from '../../core/bounds/bounded-store.js';
import type { Clock } from '../../core/clock.js';
import { parseOwn } from '../../core/json/own-json.js';
import type { EntryScript, RedisBoundedStore, RedisConnection } from '../../storage/redis.connection.js';
import { isTerminal, type StoredTask, type Task, taskBounds, type TaskStore } from './task.store.port.js';

const SAVE = `
local bytes = tonumber(ARGV[6])
local problem = makeRoom(bytes)
if problem ~= 0 then return problem end
redis.call('SET', entry, ARGV[8])
settle(bytes, ARGV[7] == 'open')
return 1
`;

/** Tasks that every replica can report on. */
export class RedisTaskStore implements TaskStore {
  private readonly kept: RedisBoundedStore;
  private readonly saveEntry: EntryScript;

  /** @param maxRunning MCP_MAX_TASKS */
  constructor(
    private readonly redis: RedisConnection,
    private readonly clock: Clock,
    ttlMs: number,
    maxRunning: number,
  ) {
    const perOwner = shareOf(taskBounds(maxRunning));
    this.kept = redis.boundedStore({ kind: 'task', what: 'tasks', ttlMs, perOwner });
    this.saveEntry = this.kept.script('Save', SAVE);
  }

  async save(stored: StoredTask): Promise<void> {
    const { principalId, task } = stored;
    // By the clock of the wall: whichever replica has begun it. One that was set back makes nothing live longer than it
    // may.
    const left = Math.min(task.ttlMs, Date.parse(task.createdAt) + task.ttlMs - this.clock.now());
    if (left <= 0) return;
    const text = JSON.stringify(stored);
    const state = isTerminal(task.status) ? 'ended' : 'open';
    await this.saveEntry(principalId, task.taskId, left, this.kept.bytesOf(text), state, text);
  }

  async find(owner: string, taskId: string): Promise<Task | undefined> {
    const text = await this.redis.client.get(this.kept.keyOf(owner, taskId));
    if (text === null) return undefined;
    const { principalId, task } = parseOwn(text) as StoredTask;
    return principalId === owner ? task : undefined;
  }

  async has(owner: string, taskId: string): Promise<boolean> {
    return (await this.redis.client.exists(this.kept.keyOf(owner, taskId))) > 0;
  }
}
