import type { PinoLogger } from 'nestjs-pino';
import type { ConnectionState } from './connection/kept-connection.js';
import { type Rate, TokenBucket } from './mcp/token-bucket.js';

/** Lines of one upstream that comes and goes again and again. */
export const LOG_RATE: Rate = { burst: 20, perSecond: 0.2 };

/** What there is to tell of an upstream when its state changes. */
export interface StateChange {
  readonly state: ConnectionState;
  /** Why it is not up. */
  readonly problem?: string | undefined;
  /** Attempts that failed in a row. */
  readonly failures: number;
  readonly retryAfterMs: number;
  readonly description: Readonly<Record<string, unknown>>;
  readonly tools: number;
}

/** Tells the log when an upstream comes up, fails and recovers, and once of each reason why. */
export class UpstreamLog {
  private readonly rate = new TokenBucket(LOG_RATE);
  private wasUp = false;
  /** The problem that was told last, while it lasts. */
  private told: string | undefined;
  private since = performance.now();

  constructor(
    private readonly logger: PinoLogger,
    private readonly upstream: string,
  ) {}

  changed(change: StateChange): void {
    if (change.state === 'up') this.up(change);
    else if (change.problem !== undefined && change.state !== 'stopped') this.failed(change.problem, change);
  }

  private up({ description, tools }: StateChange): void {
    // A session that was renewed is no news.
    if (this.wasUp && this.told === undefined) return;
    const ms = Math.round(performance.now() - this.since);
    const line = { upstream: this.upstream, ...description, tools, ms };
    if (this.rate.take()) this.logger.info(line, this.wasUp ? 'Upstream is up again' : 'Upstream is up');
    [this.wasUp, this.told] = [true, undefined];
  }

  private failed(problem: string, { state, failures, retryAfterMs }: StateChange): void {
    if (problem === this.told) return;
    if (this.told === undefined && this.wasUp) this.since = performance.now();
    this.told = problem;
    if (!this.rate.take()) return;
    const line = { upstream: this.upstream, problem };
    if (state === 'waiting')
      this.logger.warn({ ...line, failures, retryAfterMs }, 'Upstream does not come up: it is tried again');
    else this.logger.warn(line, 'Upstream is lost: it is connected again');
  }
}
