/**
 * Times after which calls are to stop. Most calls are over before the event loop has come round, and never get a timer: to
 * make one for each would take longer than many a tool does.
 */
export class Deadlines {
  private fresh: Deadline[] = [];

  /** Calls `onPassed` after `ms` milliseconds, unless the deadline has ended before. */
  begin(ms: number, onPassed: () => void): Deadline {
    const deadline = new Deadline(ms, onPassed);
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
    private readonly onPassed: () => void,
  ) {}

  arm(): void {
    if (!this.isOver) this.timer = setTimeout(this.onPassed, this.ms);
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}
