import type { InputRequests, JsonObject } from '../../core/client.port.js';

export type TaskStatus = 'working' | 'input_required' | 'completed' | 'cancelled' | 'failed';

/** A task as SEP-2663 has it on the wire, with what its status brings along. Times are ISO 8601, durations in ms. */
export interface Task {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly statusMessage?: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  readonly inputRequests?: InputRequests;
  readonly result?: JsonObject;
  readonly error?: JsonObject;
}

/** A task and whose it is. */
export interface StoredTask {
  readonly principalId: string;
  readonly task: Task;
}

/** Keeps each task for the `ttlMs` since its creation. Only the replica that runs a task writes it. */
export interface TaskStore {
  save(stored: StoredTask): Promise<void>;
  find(taskId: string): Promise<StoredTask | undefined>;
}

export const TaskStore = Symbol('TaskStore');

export const isTerminal = (status: TaskStatus): boolean =>
  status !== 'working' && status !== 'input_required';
