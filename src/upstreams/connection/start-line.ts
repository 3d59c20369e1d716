import { availableParallelism } from 'node:os';
import { type Place, Queue } from '../../core/bounds/queue.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';

/** Programs that start at once: as many as the machine has cores, and so many at least. */
const MIN_STARTING = 2;
/** How long one that starts keeps its place, in milliseconds: whatever hangs or downloads needs no core. */
export const PLACE_MS = 2000;

export interface StartLineOptions {
  readonly places: number;
  readonly placeMs: number;
}

type Begin = () => void;

/**
 * Where programs of upstreams wait for their start, first come, first served: many that start at once leave this server
 * no core for as long as that takes, and are not up any sooner.
 */
export class StartLine {
  private readonly line = new Queue<Begin>();
  private readonly options: StartLineOptions;
  private taken = 0;
  private lined = 0;

  constructor(options?: StartLineOptions) {
    const places = Math.max(MIN_STARTING, availableParallelism());
    this.options = options ?? { places, placeMs: PLACE_MS };
  }

  /** How many wait. */
  get waiting(): number {
    return this.lined;
  }

  /**
   * Settles like `start`, which begins when it is its turn; that of what is no program of ours, at once. Rejects with
   * the reason of the signal when that aborts before.
   */
  async run<T>(
    { kind }: Pick<UpstreamEntry, 'kind'>,
    signal: AbortSignal,
    start: () => Promise<T>,
  ): Promise<T> {
    if (kind !== 'stdio') return start();
    await this.turn(signal);
    const leave = this.placeForAWhile();
    try {
      return await start();
    } finally {
      leave();
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.taken < this.options.places) {
      this.taken += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const place: Place<Begin> = this.line.push(() => {
      place.leave();
      resolve();
    });
    const giveUp = (): void => {
      place.leave();
      reject(signal.reason);
    };
    this.lined += 1;
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      this.lined -= 1;
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Answers how to leave it before its time is up. */
  private placeForAWhile(): () => void {
    let hasLeft = false;
    const leave = (): void => {
      clearTimeout(timer);
      if (!hasLeft) this.giveOn();
      hasLeft = true;
    };
    const timer = setTimeout(leave, this.options.placeMs);
    timer.unref();
    return leave;
  }

  /** The place goes on without becoming free in between. */
  private giveOn(): void {
    const { first } = this.line;
    if (first === undefined) this.taken -= 1;
    else first();
  }
}
