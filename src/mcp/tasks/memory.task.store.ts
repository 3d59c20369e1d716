import { type Bounds, BoundedStore, bytesOf } from '../../core/bounds/bounded-store.js';
import type { SteadyClock } from '../../core/clock.js';
import { parseOwn } from '../../core/json/own-json.js';
import { isTerminal, type StoredTask, type Task, type TaskStore } from './task.store.port.js';

interface Kept {
  /** As JSON: what is kept cannot be changed from outside, and its size is known. */
  readonly text: string;
  readonly expires: number;
}

/** Tasks of the only replica. */
export class MemoryTaskStore implements TaskStore {
  private readonly tasks: BoundedStore<Kept>;

  constructor(
    private readonly clock: SteadyClock,
    total: Bounds,
  ) {
    this.tasks = new BoundedStore(clock, { what: 'tasks', total });
  }

  get used(): Bounds {
    return this.tasks.used;
  }

  async save({ principalId, task }: StoredTask): Promise<void> {
    const text = JSON.stringify(task);
    const expires = this.tasks.get(principalId, task.taskId)?.expires ?? this.clock.now() + task.ttlMs;
    const isUnderWay = !isTerminal(task.status);
    this.tasks.put(
      principalId,
      task.taskId,
      { text, expires },
      { bytes: bytesOf(text), expires, isUnderWay },
    );
  }

  async find(owner: string, taskId: string): Promise<Task | undefined> {
    const kept = this.tasks.get(owner, taskId);
    return kept === undefined ? undefined : (parseOwn(kept.text) as Task);
  }

  async has(owner: string, taskId: string): Promise<boolean> {
    return this.tasks.get(owner, taskId) !== undefined;
  }
}
