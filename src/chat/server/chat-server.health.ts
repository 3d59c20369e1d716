import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { Clock, SteadyClock } from '../../core/clock.js';
import { ChatServer } from './chat-server.port.js';

const TIMEOUT_MS = 2000;

export interface ChatServerReport {
  /** `unknown` until it has been asked for the first time. */
  readonly state: 'up' | 'away' | 'unknown';
  /** ISO 8601. */
  readonly checkedAt?: string;
}

/** What is known of the chat server. Whoever asks never waits: an old answer is renewed in the background. */
@Injectable()
export class ChatServerHealth {
  private last: ChatServerReport = { state: 'unknown' };
  private checkedAt = -Infinity;
  private checking: Promise<void> | undefined;

  constructor(
    @Inject(ChatServer) private readonly server: ChatServer,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SteadyClock) private readonly steady: SteadyClock,
    @Inject(Configuration) private readonly config: Configuration,
  ) {}

  /** The last answer; begins a new check when it is older than CACHE_HEALTH_TTL_SECONDS. */
  report(): ChatServerReport {
    const { healthTtlMs } = this.config.cache;
    if (this.steady.now() - this.checkedAt >= healthTtlMs) this.checking ??= this.check();
    return this.last;
  }

  private async check(): Promise<void> {
    const isUp = await this.server.isUp(TIMEOUT_MS);
    this.checkedAt = this.steady.now();
    this.last = { state: isUp ? 'up' : 'away', checkedAt: new Date(this.clock.now()).toISOString() };
    this.checking = undefined;
  }
}
