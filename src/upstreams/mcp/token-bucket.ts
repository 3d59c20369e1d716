import type { SteadyClock } from '../../core/clock.js';
import { systemSteadyClock } from '../../core/clock.js';

export interface Rate {
  /** So many may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Lets a burst through, and after it so many a second. */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly rate: Rate,
    private readonly clock: SteadyClock = systemSteadyClock,
  ) {
    this.tokens = rate.burst;
    this.filledAt = clock.now();
  }

  /** Whether one more may pass now. */
  take(): boolean {
    this.fill();
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Milliseconds until the next one may pass. */
  get waitMs(): number {
    this.fill();
    return Math.ceil((Math.max(0, 1 - this.tokens) / this.rate.perSecond) * 1000);
  }

  private fill(): void {
    const now = this.clock.now();
    const { burst, perSecond } = this.rate;
    this.tokens = Math.min(burst, this.tokens + ((now - this.filledAt) / 1000) * perSecond);
    this.filledAt = now;
  }
}
