import type { Clock } from '../../core/clock.js';
import type { StoredTask, TaskStore } from './task.store.port.js';

/** Tasks of the only replica. Expired ones are swept when a new one comes; how many there are, the runner bounds. */
export class MemoryTaskStore implements TaskStore {
  private readonly tasks = new Map<string, StoredTask>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.tasks.size;
  }

  save(stored: StoredTask): Promise<void> {
    const { taskId } = stored.task;
    if (!this.tasks.has(taskId)) this.sweep();
    this.tasks.set(taskId, stored);
    return Promise.resolve();
  }

  find(taskId: string): Promise<StoredTask | undefined> {
    const stored = this.tasks.get(taskId);
    return Promise.resolve(stored !== undefined && this.isAlive(stored) ? stored : undefined);
  }

  private sweep(): void {
    for (const [taskId, stored] of this.tasks) {
      if (!this.isAlive(stored)) this.tasks.delete(taskId);
    }
  }

  private isAlive({ task }: StoredTask): boolean {
    return Date.parse(task.createdAt) + task.ttlMs > this.clock.now();
  }
}
