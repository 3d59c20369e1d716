import { Cancellation } from '../../core/cancellation.js';
import {
  type Client,
  type InputRequests,
  type InputResponses,
  type JsonObject,
  requireCapabilities,
} from '../../core/client.port.js';
import { answersTo, unanswered } from '../client/input-responses.js';
import { isTerminal, type Task } from './task.store.port.js';

/** Writes the task to the store and tells whoever listens. */
export type TaskSaver = (task: Task) => Promise<void>;

/** A task while its work is under way here. It is the client of its tool: what the tool asks, the task requires. */
export class RunningTask implements Client {
  readonly cancellation = new Cancellation();
  private readonly answers: Record<string, unknown> = {};
  private answerCount = 0;
  private wake: (() => void) | undefined;

  constructor(
    private current: Task,
    readonly capabilities: JsonObject,
    private readonly save: TaskSaver,
  ) {}

  get task(): Task {
    return this.current;
  }

  async ask(requests: InputRequests): Promise<InputResponses> {
    requireCapabilities(this.capabilities, requests);
    for (;;) {
      const open = unanswered(requests, this.answers);
      if (Object.keys(open).length === 0) break;
      const before = this.answerCount;
      await this.update({ status: 'input_required', inputRequests: open });
      // An answer may have come while the question was being stored.
      if (this.answerCount === before) await this.nextAnswer();
    }
    await this.update({ status: 'working' });
    return answersTo(requests, this.answers);
  }

  /** A task has no stream for log messages (SEP-2663, "Task Status Notifications"). */
  log(): void {}

  /** Takes answers of the client. Those that are not asked for are ignored, and so are second thoughts. */
  answer(responses: JsonObject): void {
    const open = this.current.inputRequests ?? {};
    Object.assign(this.answers, answersTo(open, responses));
    this.answerCount += 1;
    this.wake?.();
  }

  /** Changes the task. What belongs to a status goes with it; a task that has ended stays as it is. */
  async update(change: Pick<Task, 'status'> & Partial<Task>): Promise<void> {
    if (isTerminal(this.current.status)) return;
    const { inputRequests: _asked, ...rest } = this.current;
    this.current = { ...rest, ...change, lastUpdatedAt: new Date().toISOString() };
    await this.save(this.current);
  }

  /** What the work says of its progress; seen by whoever polls. */
  describe(statusMessage: string): void {
    if (!isTerminal(this.current.status)) this.current = { ...this.current, statusMessage };
  }

  private async nextAnswer(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.wake = resolve;
    const stopListening = this.cancellation.onCancel(reject);
    try {
      await promise;
    } finally {
      stopListening();
      this.wake = undefined;
    }
  }
}
