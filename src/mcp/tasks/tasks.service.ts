import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../../config/configuration.js';
import type { CallContext } from '../../core/call-context.js';
import type { JsonObject } from '../../core/client.port.js';
import { AppError, toJsonRpcError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { Changes } from '../../tools/changes.service.js';
import type { ToolResult } from '../../tools/tool-definition.js';
import { McpMetrics } from '../mcp.metrics.js';
import { invalidParams } from '../protocol/params.js';
import { orUnavailable } from '../../storage/storage-failure.js';
import { RunningTask, type TaskChange } from './running-task.js';
import { type TaskCommand, TaskCommands } from './task-commands.service.js';
import { isTerminal, type Task, TaskStore } from './task.store.port.js';

/** Between polls; short enough for a ping, long enough for a thousand clients. */
const POLL_INTERVAL_MS = 1000;

const CLIENT_CANCELLED = new Error('The client has cancelled the task');

/** Calls that go on after their request has been answered (SEP-2663). */
@Injectable()
export class Tasks implements OnModuleInit, OnModuleDestroy {
  private readonly running = new Map<string, RunningTask>();

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @Inject(TaskStore) private readonly store: TaskStore,
    private readonly commands: TaskCommands,
    private readonly changes: Changes,
    private readonly metrics: McpMetrics,
    @InjectPinoLogger(Tasks.name) private readonly logger: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.commands.serve((command) => this.obey(command));
  }

  /** Whoever polls afterwards, at another replica, learns that the work has not been done. */
  async onModuleDestroy(): Promise<void> {
    const shutDown = failure(
      new AppError('busy', { detail: 'The server was shut down before the task ended' }),
    );
    await Promise.all(
      [...this.running.values()].map(async (running) => {
        await this.end(running, shutDown);
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
   * @throws AppError `storage_unavailable`, `storage_full`
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
    this.metrics.tasksUnderWay(this.running.size);
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
    const stored = await orUnavailable(this.store.find(principal.id, taskId));
    if (stored === undefined) {
      throw invalidParams('params.taskId names no task of yours', { taskId });
    }
    return here?.task ?? stored;
  }

  /** Whether the principal has such a task: any number of them can be asked for in one turn of the event loop. */
  has(taskId: string, principal: Principal): Promise<boolean> {
    return orUnavailable(this.store.has(principal.id, taskId));
  }

  async cancel(taskId: string, principal: Principal): Promise<void> {
    const task = await this.find(taskId, principal);
    if (!isTerminal(task.status)) await this.commands.send({ kind: 'cancel', taskId });
  }

  async answer(taskId: string, responses: JsonObject, principal: Principal): Promise<void> {
    const task = await this.find(taskId, principal);
    if (!isTerminal(task.status)) await this.commands.send({ kind: 'answer', taskId, responses });
  }

  private async obey(command: TaskCommand): Promise<boolean> {
    const running = this.running.get(command.taskId);
    if (running === undefined) return false;
    switch (command.kind) {
      case 'cancel':
        running.cancellation.cancel(CLIENT_CANCELLED);
        return true;
      case 'answer':
        await running.answer(command.responses);
        return true;
      default:
        return command satisfies never;
    }
  }

  private async carryOut(running: RunningTask, work: Promise<ToolResult>): Promise<void> {
    await this.end(running, await this.outcomeOf(running, work));
    this.running.delete(running.task.taskId);
    this.metrics.taskEnded(running.task.status);
    this.metrics.tasksUnderWay(this.running.size);
  }

  private async end(running: RunningTask, outcome: TaskChange): Promise<void> {
    try {
      await running.update(outcome).catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
        return running.update(failure(error));
      });
    } catch (error) {
      this.logger.error({ err: error, taskId: running.task.taskId }, 'The end of a task could not be stored');
    }
  }

  private async outcomeOf(running: RunningTask, work: Promise<ToolResult>): Promise<TaskChange> {
    try {
      const result = await work;
      return running.cancellation.reason === CLIENT_CANCELLED
        ? { status: 'cancelled' }
        : { status: 'completed', result };
    } catch (error) {
      if (running.cancellation.reason === CLIENT_CANCELLED) return { status: 'cancelled' };
      const known = error instanceof AppError ? error : new AppError('internal_error', { cause: error });
      if (known !== error) this.logger.error({ err: error }, 'A task failed unexpectedly');
      return failure(known);
    }
  }

  private async save(task: Task, principal: Principal): Promise<void> {
    await orUnavailable(this.store.save({ principalId: principal.id, task }));
    this.changes.announce({ kind: 'task', taskId: task.taskId });
  }
}

/** The store keeps as much as it may: what is too large for it can be said in fewer words. */
const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'storage_full';

/** The end of a task in a protocol error (SEP-2663, "Task Execution Errors"). */
const failure = (error: AppError): TaskChange => ({
  status: 'failed',
  statusMessage: error.message,
  error: { ...toJsonRpcError(error) },
});
