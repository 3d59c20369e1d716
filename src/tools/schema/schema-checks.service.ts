import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Piscina } from 'piscina';
import type { Counter } from 'prom-client';
import { counterProvider } from '../../observability/metric.providers.js';
import type { CheckAnswer, CheckTask } from './schema-check.worker.js';

/** How long the check of one value may take, in milliseconds. */
export const CHECK_TIMEOUT_MS = 2000;
/** How long the thread may take to begin, in milliseconds. */
const START_TIMEOUT_MS = 30_000;
/** Without a check for so long the thread ends, in milliseconds. */
const IDLE_MS = 60_000;
/** Checks of one upstream that may wait for each other. */
export const MAX_WAITING = 8;
/** Heap of the thread, in MiB. */
export const MAX_HEAP_MB = 96;
/** Of short-lived objects, in MiB: without a bound it is several times as much. */
const MAX_YOUNG_MB = 8;

/** Where the value of a check comes from: arguments are `input`, results `output`. */
export type CheckPlace = 'input' | 'output';
/** How a check has ended: with an answer, after its time, in a way that gives none, or before it began. */
type Outcome = 'ok' | 'timeout' | 'failed' | 'busy';

/** Thrown for a value of which it cannot be said whether it fits. The message is the end of a sentence. */
export class Unchecked extends Error {
  override readonly name = 'Unchecked';
}

export const SCHEMA_CHECK_METRICS = [
  counterProvider({
    name: 'mcpo_schema_checks_total',
    help: 'Checks of values against schemas of upstreams that were made in a thread of their own.',
    labelNames: ['place', 'outcome'],
  }),
];

/** Who asks, and what for. */
export interface Asking {
  readonly upstream: string;
  readonly place: CheckPlace;
}

interface Turn {
  readonly upstream: string;
  readonly begin: () => void;
}

/**
 * Checks values where they can hold nobody up: in one thread, which is started when it is first needed, and is ended
 * with the check that takes too long. Upstreams take turns, so that none waits for more than one check of each other.
 */
@Injectable()
export class SchemaChecks implements OnApplicationShutdown {
  private pool: Promise<Piscina> | undefined;
  private readonly waiting = new Map<string, Turn[]>();
  private isBusy = false;
  private isOver = false;

  constructor(@InjectMetric('mcpo_schema_checks_total') private readonly checks: Counter) {}

  /** @throws Unchecked */
  async check(task: CheckTask, { upstream, place }: Asking): Promise<CheckAnswer> {
    let outcome: Outcome = 'busy';
    try {
      await this.turn(upstream);
      outcome = 'failed';
      try {
        const pool = await this.started();
        const deadline = AbortSignal.timeout(CHECK_TIMEOUT_MS);
        try {
          const answer = (await pool.run(task, { signal: deadline })) as CheckAnswer;
          outcome = 'ok';
          return answer;
        } catch (error) {
          if (deadline.aborted) outcome = 'timeout';
          throw deadline.aborted
            ? new Unchecked(` within ${CHECK_TIMEOUT_MS / 1000} s`, { cause: error })
            : error;
        }
      } finally {
        this.next();
      }
    } catch (error) {
      throw error instanceof Unchecked ? error : new Unchecked('', { cause: error });
    } finally {
      this.checks.inc({ place, outcome });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.isOver = true;
    await (await this.pool)?.destroy();
  }

  /** Resolves when it is the upstream's turn; `next` has to be called when the turn is over. */
  private turn(upstream: string): Promise<void> {
    if (!this.isBusy) {
      this.isBusy = true;
      return Promise.resolve();
    }
    const own = this.waiting.get(upstream) ?? [];
    if (own.length >= MAX_WAITING)
      return Promise.reject(new Unchecked(`, for ${MAX_WAITING} others wait already`));
    this.waiting.set(upstream, own);
    return new Promise((begin) => own.push({ upstream, begin }));
  }

  private next(): void {
    const [first] = this.waiting;
    if (first === undefined) {
      this.isBusy = false;
      return;
    }
    const [upstream, own] = first;
    const turn = own.shift();
    // The others come before its next one.
    this.waiting.delete(upstream);
    if (own.length > 0) this.waiting.set(upstream, own);
    turn?.begin();
  }

  /** The pool, with a thread that has begun: what that takes is not counted against a check. */
  private async started(): Promise<Piscina> {
    if (this.isOver) throw new Unchecked(', for the server is shutting down');
    const pool = await (this.pool ??= makePool());
    if (pool.threads.length === 0)
      await pool.run(undefined, { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
    return pool;
  }
}

async function makePool(): Promise<Piscina> {
  // Most servers never need it.
  const { default: piscina } = await import('piscina');
  const pool = new piscina.Piscina({
    filename: new URL(`./schema-check.worker${SUFFIX}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    // Nothing of the environment is its business.
    env: {},
  });
  // A thread that runs out of memory after its check has been given up tells nobody else.
  pool.on('error', () => undefined);
  return pool;
}

/** The source itself runs where this runs from the source (Node.js strips its types). */
const SUFFIX = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
