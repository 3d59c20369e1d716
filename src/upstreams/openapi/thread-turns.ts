interface Turn {
  readonly who: string;
  readonly size: number;
  readonly begin: () => void;
}

/**
 * Whose work the one thread does next: that of who has had the least of its time, and of several the smallest piece.
 * Nobody waits for all that another has to be done. Counted since the thread was free for the last time.
 */
export class ThreadTurns {
  private isBusy = false;
  private readonly waiting: Turn[] = [];
  /** Milliseconds. */
  private readonly had = new Map<string, number>();

  /** @param size compared with that of others alone */
  async take<T>(who: string, size: number, work: () => Promise<T>): Promise<T> {
    if (this.isBusy) await new Promise<void>((begin) => this.waiting.push({ who, size, begin }));
    this.isBusy = true;
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.had.set(who, this.hadBy(who) + performance.now() - startedAt);
      this.next();
    }
  }

  private next(): void {
    const [first] = this.waiting.toSorted((a, b) => this.hadBy(a.who) - this.hadBy(b.who) || a.size - b.size);
    if (first === undefined) {
      this.isBusy = false;
      this.had.clear();
      return;
    }
    this.waiting.splice(this.waiting.indexOf(first), 1);
    first.begin();
  }

  private hadBy(who: string): number {
    return this.had.get(who) ?? 0;
  }
}
