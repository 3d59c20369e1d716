import { type Cancellation, DeadlinePassed } from '../../core/cancellation.js';

/**
 * Times after which calls are to stop. Most calls are over before the event loop has come round, and never get a timer:
 * to make one for each would take longer than many a tool does.
 */
export class Deadlines {
  private fresh: Deadline[] = [];

  /** Cancels the call after `ms` milliseconds with {@link DeadlinePassed}, unless the deadline has ended before. */
  begin(ms: number, cancellation: Cancellation): Deadline {
    const deadline = new Deadline(ms, cancellation);
    if (this.fresh.push(deadline) === 1) setImmediate(() => this.arm());
    return deadline;
  }

  private arm(): void {
    const { fresh } = this;
    this.fresh = [];
    for (const deadline of fresh) deadline.arm();
  }
}

export class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly ms: number,
    private readonly cancellation: Cancellation,
  ) {
    cancellation.deadlineAt = performance.now() + ms;
  }

  arm(): void {
    if (!this.isOver) this.timer = setTimeout(() => this.cancellation.cancel(new DeadlinePassed()), this.ms);
  }

  end(): void {
    this.isOver = true;
    this.cancellation.deadlineAt = undefined;
    clearTimeout(this.timer);
  }
}
