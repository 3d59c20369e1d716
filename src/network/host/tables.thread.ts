import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ToolError } from '../../tools/tool-error.js';
import { failureOf, toolErrorOf } from './outcome.js';
import type { ProgramRunner } from './program-runner.js';
import type { SystemPaths } from './system-paths.js';
import type { Answer, Query, TableName, TablesNews, TablesOrder } from './tables.messages.js';

/** Without a reading for so long a thread ends, in milliseconds. */
const IDLE_MS = 30_000;
/** How long a thread may go on with a reading that nobody waits for, in milliseconds: to start another costs more. */
const ABANDONED_MS = 2000;
/** Heap of a thread, in MiB. */
export const MAX_HEAP_MB = 192;
/** Of short-lived objects, which are most of them. */
const MAX_YOUNG_MB = 16;
/** What `ip` may print: some 400,000 routes. Beyond that the files of /proc are read, which are shorter. */
export const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What has been read, to be fetched one by one: each is work for whoever receives it. */
export interface ReadOutcomes {
  next(): Promise<Answer | ToolError>;
}

/**
 * A thread that reads tables of the kernel, one reading at a time; started with the first. Programs are run for it by
 * the server, and what they print is passed on unread.
 */
export class TablesThread {
  private worker: Worker | undefined;
  private ending: NodeJS.Timeout | undefined;

  constructor(
    private readonly table: TableName,
    private readonly paths: SystemPaths,
    private readonly runner: ProgramRunner,
  ) {}

  /**
   * Reads the table for all queries. After `use` has settled the outcomes are gone.
   *
   * @throws the reason of the signal; ToolError `tool_failed` when the thread has ended by itself.
   */
  async read(
    queries: readonly Query[],
    signal: AbortSignal,
    use: (outcomes: ReadOutcomes) => Promise<void>,
  ): Promise<void> {
    signal.throwIfAborted();
    clearTimeout(this.ending);
    const worker = (this.worker ??= this.start());
    worker.ref();
    const over = new AbortController();
    const conversation = new Conversation(worker, (request) => {
      void this.serve(worker, request, AbortSignal.any([signal, over.signal]));
    });
    const abort = (): void => conversation.end(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    let isWell = false;
    try {
      await conversation.ask({ table: this.table, queries, paths: this.paths } as TablesOrder);
      await use({
        next: async () => {
          const news = await conversation.ask('next');
          if (!('outcome' in news)) throw new Error('The thread has lost the thread');
          return 'failure' in news.outcome ? toolErrorOf(news.outcome.failure) : news.outcome.answer;
        },
      });
      isWell = true;
    } catch (error) {
      signal.throwIfAborted();
      throw failedThread(this.table, error);
    } finally {
      signal.removeEventListener('abort', abort);
      over.abort();
      const isFree = isWell || (signal.aborted && (await conversation.isOverWithin(ABANDONED_MS)));
      conversation.close();
      if (isFree) this.rest(worker);
      else await this.end();
    }
  }

  async end(): Promise<void> {
    clearTimeout(this.ending);
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = newWorker();
    // It may end by itself while it rests, and whoever asks it then would get no answer.
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  /** The process does not wait for its end. */
  private rest(worker: Worker): void {
    worker.unref();
    this.ending = setTimeout(() => void this.end(), IDLE_MS).unref();
  }

  private async serve(
    worker: Worker,
    { program, args }: { readonly program: string; readonly args: readonly string[] },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const end = await this.runner.run(program, args, {
        signal,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        onText: (text) => tell(worker, { text }),
      });
      tell(worker, { ended: { exitCode: end.exitCode, stderr: end.stderr } });
    } catch (error) {
      const failure =
        error instanceof ToolError ? error : new ToolError('tool_failed', `"${program}" could not be run.`);
      tell(worker, { failure: failureOf(failure) });
    }
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
const tell = (worker: Worker, order: TablesOrder): void => worker.postMessage(order);

/** Questions to a thread, one at a time, as long as it lives. */
class Conversation {
  private answer: PromiseWithResolvers<TablesNews> | undefined;
  /** Settles when the thread has gone, or nobody waits for it any more. */
  private readonly broken = Promise.withResolvers<never>();
  private readonly onMessage = (news: TablesNews): void => {
    if ('run' in news) this.onRun(news.run);
    else this.answer?.resolve(news);
  };
  private readonly onError = (error: Error): void => {
    this.answer?.reject(error);
    this.end(error);
  };
  private readonly onExit = (code: number): void => this.onError(new Error(`It has ended with ${code}`));

  constructor(
    private readonly worker: Worker,
    private readonly onRun: (request: { readonly program: string; readonly args: readonly string[] }) => void,
  ) {
    this.broken.promise.catch(() => undefined);
    worker.on('message', this.onMessage).on('error', this.onError).on('exit', this.onExit);
  }

  ask(order: TablesOrder): Promise<TablesNews> {
    const answer = Promise.withResolvers<TablesNews>();
    answer.promise.catch(() => undefined);
    this.answer = answer;
    tell(this.worker, order);
    return Promise.race([this.broken.promise, answer.promise]);
  }

  end(failure: Error): void {
    this.broken.reject(failure);
  }

  /** Whether the thread has answered what it was asked last, and can be asked anew. */
  isOverWithin(ms: number): Promise<boolean> {
    const hasAnswered = this.answer?.promise.then(
      () => true,
      () => false,
    );
    const timer = new AbortController();
    const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
    return Promise.race([hasAnswered ?? true, late]).finally(() => timer.abort());
  }

  close(): void {
    this.worker.off('message', this.onMessage).off('error', this.onError).off('exit', this.onExit);
    // Whatever comes while it is being ended, or rests.
    if (this.worker.listenerCount('error') === 0) this.worker.on('error', () => undefined);
  }
}

function newWorker(): Worker {
  return new Worker(new URL('./tables.worker.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    // Nothing of the environment is its business.
    env: {},
  });
}

function failedThread(table: TableName, error: unknown): Error {
  if (error instanceof ToolError) return error;
  if ((error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ToolError('tool_failed', `The table of ${table} takes too much memory to read.`);
  }
  return error as Error;
}
