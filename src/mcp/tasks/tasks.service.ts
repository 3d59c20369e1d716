import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../../config/configuration.js';
import type { CallContext } from '../../core/call-context.js';
import type { JsonObject } from '../../core/client.port.js';
import { AppError, toJsonRpcError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { PubSub } from '../../storage/pub-sub.port.js';
import { Changes } from '../../tools/changes.service.js';
import type { ToolResult } from '../../tools/tool-definition.js';
import { invalidParams } from '../params.js';
import { RunningTask } from './running-task.js';
import { isTerminal, type Task, TaskStore } from './task.store.port.js';

/** Between polls; short enough for a ping, long enough for a thousand clients. */
const POLL_INTERVAL_MS = 1000;
const CHANNEL = 'task-commands';

const CLIENT_CANCELLED = new Error('The client has cancelled the task');

/** What a replica that does not run the task passes on to the one that does. */
type Command =
  | { readonly kind: 'cancel'; readonly taskId: string }
  | { readonly kind: 'answer'; readonly taskId: string; readonly responses: JsonObject };

/** Calls that go on after their request has been answered (SEP-2663). */
@Injectable()
export class Tasks implements OnModuleInit, OnModuleDestroy {
  private readonly running = new Map<string, RunningTask>();
  private stop: (() => void) | undefined;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @Inject(TaskStore) private readonly store: TaskStore,
    @Inject(PubSub) private readonly pubSub: PubSub,
    private readonly changes: Changes,
    @InjectPinoLogger(Tasks.name) private readonly logger: PinoLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.stop = await this.pubSub.subscribe(CHANNEL, (message) =>
      this.obeyHere(JSON.parse(message) as Command),
    );
  }

  /** Whoever polls afterwards, at another replica, learns that the work has not been done. */
  async onModuleDestroy(): Promise<void> {
    this.stop?.();
    const error = toJsonRpcError(
      new AppError('busy', { detail: 'The server was shut down before the task ended' }),
    );
    await Promise.all(
      [...this.running.values()].map(async (running) => {
        await running.update({ status: 'failed', error: { ...error } });
        running.cancellation.cancel(new Error('The server is shutting down'));
      }),
    );
  }

  get runningCount(): number {
    return this.running.size;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return this.running.size < this.config.mcp.maxTasks;
  }

  /**
   * Begins a task: it is stored before this resolves, and the work goes on afterwards.
   *
   * @param work the call; it gets a context whose client is the task.
   */
  async begin(context: CallContext, work: (context: CallContext) => Promise<ToolResult>): Promise<Task> {
    const now = new Date().toISOString();
    const task: Task = {
      taskId: randomUUID(),
      status: 'working',
      createdAt: now,
      lastUpdatedAt: now,
      ttlMs: this.config.mcp.taskTtlMs,
      pollIntervalMs: POLL_INTERVAL_MS,
    };
    const { principal } = context;
    const running = new RunningTask(task, context.client.capabilities, (changed) =>
      this.save(changed, principal),
    );
    await this.save(task, principal);
    this.running.set(task.taskId, running);
    const taskContext = context.with({
      cancellation: running.cancellation,
      client: running,
      reportProgress: ({ message }) => message !== undefined && running.describe(message),
    });
    void this.carryOut(running, work(taskContext));
    return task;
  }

  /** @throws AppError `invalid_params` for a task that is unknown, expired or somebody else's. */
  async find(taskId: string, principal: Principal): Promise<Task> {
    const here = this.running.get(taskId);
    const stored = await this.store.find(taskId);
    if (stored === undefined || stored.principalId !== principal.id) {
      throw invalidParams('params.taskId names no task of yours', { taskId: taskId.slice(0, 100) });
    }
    return here?.task ?? stored.task;
  }

  async cancel(taskId: string, principal: Principal): Promise<void> {
    const task = await this.find(taskId, principal);
    if (!isTerminal(task.status)) await this.obey({ kind: 'cancel', taskId });
  }

  async answer(taskId: string, responses: JsonObject, principal: Principal): Promise<void> {
    const task = await this.find(taskId, principal);
    if (!isTerminal(task.status)) await this.obey({ kind: 'answer', taskId, responses });
  }

  private async obey(command: Command): Promise<void> {
    if (!this.obeyHere(command)) await this.pubSub.publish(CHANNEL, JSON.stringify(command));
  }

  private obeyHere(command: Command): boolean {
    const running = this.running.get(command.taskId);
    if (running === undefined) return false;
    switch (command.kind) {
      case 'cancel':
        running.cancellation.cancel(CLIENT_CANCELLED);
        return true;
      case 'answer':
        running.answer(command.responses);
        return true;
      default:
        return command satisfies never;
    }
  }

  private async carryOut(running: RunningTask, work: Promise<ToolResult>): Promise<void> {
    try {
      await running.update(await this.outcomeOf(running, work));
    } catch (error) {
      this.logger.error({ err: error, taskId: running.task.taskId }, 'The end of a task could not be stored');
    } finally {
      this.running.delete(running.task.taskId);
    }
  }

  private async outcomeOf(
    running: RunningTask,
    work: Promise<ToolResult>,
  ): Promise<Pick<Task, 'status'> & Partial<Task>> {
    try {
      const result = await work;
      return running.cancellation.reason === CLIENT_CANCELLED
        ? { status: 'cancelled' }
        : { status: 'completed', result };
    } catch (error) {
      if (running.cancellation.reason === CLIENT_CANCELLED) return { status: 'cancelled' };
      const known = error instanceof AppError ? error : new AppError('internal_error', { cause: error });
      if (known !== error) this.logger.error({ err: error }, 'A task failed unexpectedly');
      return { status: 'failed', error: { ...toJsonRpcError(known) } };
    }
  }

  private async save(task: Task, principal: Principal): Promise<void> {
    await this.store.save({ principalId: principal.id, task });
    this.changes.announce({ kind: 'task', taskId: task.taskId });
  }
}
