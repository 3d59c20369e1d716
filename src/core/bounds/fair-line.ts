import type { Principal } from '../principal.js';

/** Why there is no place: as many wait as may, or it took too long. */
export type NoTurn = 'line full' | 'too late' | 'given up';

interface Waiting {
  readonly id: string;
  readonly begin: () => void;
}

/**
 * A few places, and a line of a fixed length before them. The next place goes to whoever of the line has the fewest of
 * them, so that many calls of one principal do not keep those of the others waiting.
 */
export class FairLine {
  private readonly line = new Set<Waiting>();
  private readonly held = new Map<string, number>();
  private taken = 0;

  constructor(
    readonly places: number,
    readonly length: number,
  ) {}

  get inUse(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.line.size;
  }

  /** Whether one more would find neither a place nor room to wait. */
  get isFull(): boolean {
    return this.taken >= this.places && this.line.size >= this.length;
  }

  /**
   * Takes a place, which `leave` gives back: at once, without a promise, or when it is one's turn. Answers why there is
   * none, or `undefined` when there was one.
   *
   * @param patienceMs how long to wait for it
   * @param onGivingUp calls back when nobody wants the place any more; answers how to stop listening
   */
  enter(
    { id }: Principal,
    patienceMs: number,
    onGivingUp: (giveUp: () => void) => () => void,
  ): NoTurn | Promise<NoTurn | undefined> | undefined {
    if (this.taken < this.places) {
      this.taken += 1;
      this.count(id, 1);
      return undefined;
    }
    return this.line.size >= this.length ? 'line full' : this.turn(id, patienceMs, onGivingUp);
  }

  leave({ id }: Principal): void {
    this.count(id, -1);
    const next = this.next();
    // The place goes on without becoming free in between.
    if (next === undefined) this.taken -= 1;
    else next.begin();
  }

  private async turn(
    id: string,
    patienceMs: number,
    onGivingUp: (giveUp: () => void) => () => void,
  ): Promise<NoTurn | undefined> {
    const { promise, resolve } = Promise.withResolvers<NoTurn | undefined>();
    const waiting: Waiting = {
      id,
      begin: () => {
        this.line.delete(waiting);
        this.count(id, 1);
        resolve(undefined);
      },
    };
    const abandon = (why: NoTurn): void => {
      if (this.line.delete(waiting)) resolve(why);
    };
    this.line.add(waiting);
    const timer = setTimeout(() => abandon('too late'), patienceMs);
    const stopListening = onGivingUp(() => abandon('given up'));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  private next(): Waiting | undefined {
    let [best, fewest]: [Waiting | undefined, number] = [undefined, Infinity];
    for (const waiting of this.line) {
      const held = this.held.get(waiting.id) ?? 0;
      if (held < fewest) [best, fewest] = [waiting, held];
    }
    return best;
  }

  private count(id: string, change: 1 | -1): void {
    const held = (this.held.get(id) ?? 0) + change;
    if (held === 0) this.held.delete(id);
    else this.held.set(id, held);
  }
}
