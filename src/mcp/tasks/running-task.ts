import { Cancellation } from '../../core/cancellation.js';
import {
  type Client,
  type InputRequests,
  type InputResponses,
  type JsonObject,
  requireCapabilities,
} from '../../core/client.port.js';
import { AppError } from '../../core/errors.js';
import { answersTo, unanswered } from '../client/input-responses.js';
import { isTerminal, type Task } from './task.store.port.js';

/** Writes the task to the store and tells whoever listens. @throws AppError `storage_full`, `storage_unavailable` */
export type TaskSaver = (task: Task) => Promise<void>;

/** A new status, and what goes with it. */
export type TaskChange = Pick<Task, 'status'> & Partial<Task>;

/** Something that the tool waits for; a tool may wait for several things at once. */
interface Question {
  readonly requests: InputRequests;
  readonly settle: () => void;
}

const isEmpty = (map: object): boolean => Object.keys(map).length === 0;

/** A task while its work is under way here. It is the client of its tool: what the tool asks, the task requires. */
export class RunningTask implements Client {
  readonly cancellation = new Cancellation();
  private readonly answers: Record<string, unknown> = {};
  private readonly questions = new Set<Question>();

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
    if (isEmpty(unanswered(requests, this.answers))) return answersTo(requests, this.answers);
    const { promise: answered, resolve: settle, reject } = Promise.withResolvers<void>();
    const question: Question = { requests, settle };
    const stopListening = this.cancellation.onCancel(reject);
    this.questions.add(question);
    try {
      await Promise.all([this.showQuestions(), answered]);
    } finally {
      stopListening();
      this.questions.delete(question);
    }
    return answersTo(requests, this.answers);
  }

  /** A task has no stream for log messages (SEP-2663, "Task Status Notifications"). */
  log(): void {}

  /**
   * Takes answers of the client, and is done when whoever polls sees the task without what they answer. Those that are
   * not asked for are ignored, and so are second thoughts (SEP-2663, "Task Update Requests").
   */
  async answer(responses: JsonObject): Promise<void> {
    const taken = answersTo(this.openRequests(), responses);
    if (isEmpty(taken)) return;
    Object.assign(this.answers, taken);
    for (const { requests, settle } of this.questions) {
      if (isEmpty(unanswered(requests, this.answers))) settle();
    }
    await this.showQuestions();
  }

  /** Changes the task. What belongs to a status goes with it; a task that has ended stays as it is. */
  async update(change: TaskChange): Promise<void> {
    if (isTerminal(this.current.status)) return;
    const former = this.current;
    const { inputRequests: _asked, ...rest } = former;
    const next: Task = { ...rest, ...change, lastUpdatedAt: new Date().toISOString() };
    this.current = next;
    try {
      await this.save(next);
    } catch (error) {
      // What the store has refused has not happened: the task may end otherwise.
      const isRefused = error instanceof AppError && error.code === 'storage_full';
      if (isRefused && this.current === next) this.current = former;
      throw error;
    }
  }

  /** What the work says of its progress; seen by whoever polls. */
  describe(statusMessage: string): void {
    if (!isTerminal(this.current.status)) this.current = { ...this.current, statusMessage };
  }

  private openRequests(): InputRequests {
    const asked = [...this.questions].map(({ requests }) => requests);
    return unanswered(Object.assign({}, ...asked) as InputRequests, this.answers);
  }

  private showQuestions(): Promise<void> {
    const inputRequests = this.openRequests();
    return this.update(
      isEmpty(inputRequests) ? { status: 'working' } : { status: 'input_required', inputRequests },
    );
  }
}
