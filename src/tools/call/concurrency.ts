/** Counts what is in flight, and refuses what is over the limit instead of letting it queue. */
export class ConcurrencyLimit {
  private running = 0;

  constructor(private readonly limit: number) {}

  get inFlight(): number {
    return this.running;
  }

  /** Whether a place was taken; every `true` is answered with one `leave()`. */
  tryEnter(): boolean {
    if (this.running >= this.limit) return false;
    this.running += 1;
    return true;
  }

  leave(): void {
    this.running -= 1;
  }
}
