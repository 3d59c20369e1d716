import type { Bounds } from '../../core/bounds/bounded-store.js';
import type { InputRequests, JsonObject } from '../../core/client.port.js';

/** Of all tasks together, with their results. */
export const TASKS_BYTES = 64 * 1024 * 1024;
/** Tasks that are kept for each that may run. */
export const KEPT_PER_RUNNING = 10;

/** @param maxRunning MCP_MAX_TASKS */
export const taskBounds = (maxRunning: number): Bounds => ({
  entries: maxRunning * KEPT_PER_RUNNING,
  bytes: TASKS_BYTES,
});

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

/**
 * Keeps each task for the `ttlMs` since its creation, and finds it under its owner and its id only. Only the replica
 * that runs a task writes it. A task that has ended makes room for further ones of its owner, the oldest first; one
 * that is under way stays.
 */
export interface TaskStore {
  /** @throws AppError `storage_full` */
  save(stored: StoredTask): Promise<void>;
  find(owner: string, taskId: string): Promise<Task | undefined>;
  /** Whether there is such a task, whose result is not looked at. */
  has(owner: string, taskId: string): Promise<boolean>;
}

export const TaskStore = Symbol('TaskStore');

export const isTerminal = (status: TaskStatus): boolean =>
  status !== 'working' && status !== 'input_required';
