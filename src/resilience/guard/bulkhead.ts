import { OutboundCancelledError, QueueFullError } from '../outbound.port.js';

/** A fixed number of places, and a queue of a fixed length in front of them: first come, first served. */
export class Bulkhead {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly name: string,
    private readonly maxConcurrency: number,
    private readonly maxQueue: number,
  ) {}

  get inFlight(): number {
    return this.running;
  }

  get queued(): number {
    return this.waiting.size;
  }

  /**
   * Takes a place, now or later, and answers whether it had to wait. Every place is given back with `leave()`.
   *
   * @throws QueueFullError, OutboundCancelledError without a place.
   */
  async enter(signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted === true) throw new OutboundCancelledError(this.name, signal.reason);
    if (this.running < this.maxConcurrency) {
      this.running += 1;
      return false;
    }
    if (this.waiting.size >= this.maxQueue) throw new QueueFullError(this.name);
    await this.turn(signal);
    return true;
  }

  leave(): void {
    const [next] = this.waiting;
    // The place goes to the next in the queue without becoming free in between.
    if (next === undefined) this.running -= 1;
    else next();
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leaveQueue = (): void => {
        this.waiting.delete(proceed);
        signal?.removeEventListener('abort', giveUp);
      };
      const proceed = (): void => {
        leaveQueue();
        resolve();
      };
      const giveUp = (): void => {
        leaveQueue();
        reject(new OutboundCancelledError(this.name, signal?.reason));
      };
      this.waiting.add(proceed);
      signal?.addEventListener('abort', giveUp);
    });
  }
}
