/** So many may be taken at a time; who comes later waits in turn. */
export class Slots {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  /** Answers whether one was taken, for `give` to be called once: not when the signal aborts first. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.free > 0) {
      this.free -= 1;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const taken = (): void => resolve(true);
    const abandon = (): void => resolve(!this.waiting.delete(taken));
    this.waiting.add(taken);
    signal.addEventListener('abort', abandon, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', abandon));
  }

  /** Whether nobody could take one without waiting. */
  get areTaken(): boolean {
    return this.free === 0;
  }

  /** Whether somebody waits for one. */
  get areWanted(): boolean {
    return this.waiting.size > 0;
  }

  give(): void {
    const [next] = this.waiting;
    if (next === undefined) this.free += 1;
    else {
      this.waiting.delete(next);
      next();
    }
  }
}
