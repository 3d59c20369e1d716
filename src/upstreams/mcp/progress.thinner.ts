import type { Progress } from '../../core/call-context.js';
import { type Rate, TokenBucket } from './token-bucket.js';

/** Of one call. */
export const PROGRESS_RATE: Rate = { burst: 10, perSecond: 10 };

/** Passes the progress of a call on, no faster than anybody looks: of a flood the latest, and the last in any case. */
export class ProgressThinner {
  private readonly bucket = new TokenBucket(PROGRESS_RATE);
  private latest: Progress | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(private readonly report: (step: Progress) => void) {}

  add(step: Progress): void {
    if (this.isOver) return;
    this.latest = step;
    if (this.timer !== undefined) return;
    if (this.bucket.take()) this.pass();
    else this.timer = setTimeout(() => this.passLater(), this.bucket.waitMs);
  }

  /** To be called before the answer goes out: nothing comes after it. */
  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pass();
  }

  private passLater(): void {
    this.timer = undefined;
    this.bucket.take();
    this.pass();
  }

  private pass(): void {
    const { latest } = this;
    this.latest = undefined;
    if (latest !== undefined) this.report(latest);
  }
}
