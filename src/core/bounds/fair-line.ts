import type { Principal } from '../principal.js';

/** Why there is no place: as many wait as may (of all, of one), it took too long, or whoever wanted it has gone. */
export type NoTurn = 'line full' | 'share taken' | 'too late' | 'given up';

interface Waiting {
  readonly principal: Principal;
  readonly begin: () => void;
}

/** What one principal has of the line. */
interface Standing {
  running: number;
  waiting: number;
}

const NOTHING: Standing = { running: 0, waiting: 0 };

/**
 * A few places, and a line of a fixed length before them, of both of which one principal has no more than a share. The
 * next place goes to whoever of the line has the fewest of them. So many calls of one principal neither keep those of
 * the others waiting nor take away their room to wait.
 */
export class FairLine {
  /** How many places one principal may have. */
  readonly share: number;
  private readonly lengthShare: number;
  private readonly line = new Set<Waiting>();
  private readonly standings = new Map<string, Standing>();
  private taken = 0;

  /** @param sharePercent of both that one principal may have; rounded up. */
  constructor(
    readonly places: number,
    readonly length: number,
    sharePercent: number,
  ) {
    this.share = Math.ceil((places * sharePercent) / 100);
    this.lengthShare = Math.ceil((length * sharePercent) / 100);
  }

  get inUse(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.line.size;
  }

  /** Whether one more of the principal would find neither a place nor room to wait. */
  isFullFor(principal: Principal): boolean {
    return !this.hasPlaceFor(principal) && this.refusalOf(principal) !== undefined;
  }

  /**
   * Takes a place, which `leave` gives back: at once, without a promise, or when it is one's turn. Answers why there is
   * none, or `undefined` when there was one.
   *
   * @param patienceMs how long to wait for it
   * @param onGivingUp calls back when nobody wants the place any more; answers how to stop listening
   */
  enter(
    principal: Principal,
    patienceMs: number,
    onGivingUp: (giveUp: () => void) => () => void,
  ): NoTurn | Promise<NoTurn | undefined> | undefined {
    if (this.hasPlaceFor(principal)) {
      this.taken += 1;
      this.count(principal, 'running', 1);
      return undefined;
    }
    return this.refusalOf(principal) ?? this.turn(principal, patienceMs, onGivingUp);
  }

  leave(principal: Principal): void {
    this.count(principal, 'running', -1);
    const next = this.next();
    // The place goes on without becoming free in between.
    if (next === undefined) this.taken -= 1;
    else next.begin();
  }

  private async turn(
    principal: Principal,
    patienceMs: number,
    onGivingUp: (giveUp: () => void) => () => void,
  ): Promise<NoTurn | undefined> {
    const { promise, resolve } = Promise.withResolvers<NoTurn | undefined>();
    const quit = (why: NoTurn | undefined): void => {
      if (!this.line.delete(waiting)) return;
      this.count(principal, 'waiting', -1);
      resolve(why);
    };
    const waiting: Waiting = {
      principal,
      begin: () => {
        this.count(principal, 'running', 1);
        quit(undefined);
      },
    };
    this.line.add(waiting);
    this.count(principal, 'waiting', 1);
    const timer = setTimeout(() => quit('too late'), patienceMs);
    const stopListening = onGivingUp(() => quit('given up'));
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
      const { running } = this.standingOf(waiting.principal);
      if (running < fewest && this.mayRun(waiting.principal)) [best, fewest] = [waiting, running];
    }
    return best;
  }

  private hasPlaceFor(principal: Principal): boolean {
    return this.taken < this.places && this.mayRun(principal);
  }

  /** Who has started the process shares it with nobody. */
  private mayRun(principal: Principal): boolean {
    return principal.kind === 'local' || this.standingOf(principal).running < this.share;
  }

  private refusalOf(principal: Principal): NoTurn | undefined {
    if (this.line.size >= this.length) return 'line full';
    const { waiting } = this.standingOf(principal);
    return waiting >= this.lengthShare && principal.kind !== 'local' ? 'share taken' : undefined;
  }

  private standingOf({ id }: Principal): Readonly<Standing> {
    return this.standings.get(id) ?? NOTHING;
  }

  private count(principal: Principal, what: keyof Standing, change: 1 | -1): void {
    const standing = { ...this.standingOf(principal) };
    standing[what] += change;
    if (standing.running === 0 && standing.waiting === 0) this.standings.delete(principal.id);
    else this.standings.set(principal.id, standing);
  }
}
