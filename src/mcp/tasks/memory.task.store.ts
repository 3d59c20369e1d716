import { type Bounds, BoundedStore, bytesOf } from '../../core/bounded-store.js';
import type { Clock } from '../../core/clock.js';
import { isTerminal, type StoredTask, type Task, type TaskStore } from './task.store.port.js';

/** Tasks of the only replica, each as JSON: what is kept cannot be changed from outside, and its size is known. */
export class MemoryTaskStore implements TaskStore {
  private readonly tasks: BoundedStore<string>;

  constructor(clock: Clock, total: Bounds) {
    this.tasks = new BoundedStore(clock, { what: 'tasks', total });
  }

  get used(): Bounds {
    return this.tasks.used;
  }

  async save({ principalId, task }: StoredTask): Promise<void> {
    const text = JSON.stringify(task);
    this.tasks.put(principalId, task.taskId, text, {
      bytes: bytesOf(text),
      expires: Date.parse(task.createdAt) + task.ttlMs,
      isUnderWay: !isTerminal(task.status),
    });
  }

  async find(owner: string, taskId: string): Promise<Task | undefined> {
    const text = this.tasks.get(owner, taskId);
    return text === undefined ? undefined : (JSON.parse(text) as Task);
  }
}
