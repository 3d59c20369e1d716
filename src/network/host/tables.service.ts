import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { unlessAborted } from '../../core/cancellation.js';
import { turnForHeavyWork } from '../../core/turn.js';
import { ToolError } from '../../tools/tool-error.js';
import { ProgramRunner } from './program-runner.js';
import { SystemPaths } from './system-paths.js';
import type { Answer, Query, TableName, Tables } from './tables.messages.js';
import { type ReadOutcomes, TablesThread } from './tables.thread.js';

/** One reading of a table, for whoever asks before it begins. */
interface Reading {
  readonly wanted: Map<string, Wanted>;
  readonly abort: AbortController;
  askers: number;
}

/** How a reading has ended: `abandoned` when nobody waited for it any more. */
export type ReadingOutcome = 'ok' | 'failed' | 'abandoned';

/** Is told of each reading that has ended. */
export type ReadingListener = (table: TableName, outcome: ReadingOutcome, seconds: number) => void;

/** A query, and the answer that all who have asked it get. */
interface Wanted {
  readonly query: Query;
  readonly answer: PromiseWithResolvers<Answer>;
}

/**
 * The tables of the kernel, read in threads of their own, for they may have a hundred thousand entries. Those who ask
 * while one reading is under way share the next one, each with a query of its own; one that nobody waits for any more
 * is broken off.
 */
@Injectable()
export class KernelTables implements OnApplicationShutdown {
  private readonly tables = new Map<TableName, SharedTable>();
  private tell: ReadingListener = () => undefined;

  constructor(
    @Inject(SystemPaths) private readonly paths: SystemPaths,
    private readonly runner: ProgramRunner,
  ) {}

  /**
   * Resolves in a turn of its own: to make an answer of what has been read is work, and others may get theirs at the
   * same time. It is shared: whoever gets it changes nothing in it.
   *
   * @throws ToolError as the readings do; the reason of the signal.
   */
  async read<N extends TableName>(
    name: N,
    query: Tables[N]['query'],
    signal: AbortSignal,
  ): Promise<Tables[N]['answer']> {
    let table = this.tables.get(name);
    if (table === undefined) {
      table = new SharedTable(new TablesThread(name, this.paths, this.runner), (outcome, seconds) =>
        this.tell(name, outcome, seconds),
      );
      this.tables.set(name, table);
    }
    const answer = await table.ask(query, signal);
    await turnForHeavyWork();
    signal.throwIfAborted();
    return answer;
  }

  /** One listener, who stays. */
  onReading(listener: ReadingListener): void {
    this.tell = listener;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.tables.values()].map((table) => table.end()));
  }
}

class SharedTable {
  private next: Reading | undefined;
  private latest: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly thread: TablesThread,
    private readonly tell: (outcome: ReadingOutcome, seconds: number) => void,
  ) {}

  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const reading = (this.next ??= this.prepare());
    const key = JSON.stringify(query);
    let wanted = reading.wanted.get(key);
    if (wanted === undefined) {
      wanted = { query, answer: Promise.withResolvers() };
      // Whoever has asked may have gone.
      wanted.answer.promise.catch(() => undefined);
      reading.wanted.set(key, wanted);
    }
    reading.askers += 1;
    try {
      return await unlessAborted(wanted.answer.promise, signal);
    } finally {
      reading.askers -= 1;
      if (reading.askers === 0) this.abandon(reading);
    }
  }

  end(): Promise<void> {
    return this.thread.end();
  }

  private prepare(): Reading {
    const reading: Reading = { wanted: new Map(), abort: new AbortController(), askers: 0 };
    this.latest = this.latest.then(() => this.run(reading));
    return reading;
  }

  private abandon(reading: Reading): void {
    if (this.next === reading) this.next = undefined;
    reading.abort.abort(new Error('Nobody waits for the reading'));
  }

  private async run(reading: Reading): Promise<void> {
    if (this.next === reading) this.next = undefined;
    const wanted = [...reading.wanted.values()];
    const { signal } = reading.abort;
    const startedAt = performance.now();
    let outcome: ReadingOutcome = 'failed';
    try {
      const queries = wanted.map(({ query }) => query);
      await this.thread.read(queries, signal, (outcomes) => handOut(outcomes, wanted));
      outcome = 'ok';
    } catch (error) {
      if (signal.aborted) outcome = 'abandoned';
      for (const { answer } of wanted) answer.reject(error);
    }
    this.tell(outcome, (performance.now() - startedAt) / 1000);
  }
}

async function handOut(outcomes: ReadOutcomes, wanted: readonly Wanted[]): Promise<void> {
  for (const { answer } of wanted) {
    await turnForHeavyWork();
    const outcome = await outcomes.next();
    if (outcome instanceof ToolError) answer.reject(outcome);
    else answer.resolve(outcome);
  }
}
