import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Gauge } from 'prom-client';
import { Configuration } from '../../config/configuration.js';
import { Clock } from '../../core/clock.js';
import { gaugeProvider } from '../../observability/metric.providers.js';
import { StatusRegistry } from '../../observability/status.registry.js';
import { ApiKeys } from '../api-keys.service.js';
import type { ExpiringKey } from './key-table.js';

export const KEY_EXPIRY_METRIC_PROVIDER = gaugeProvider({
  name: 'mcpo_api_key_next_expiry_timestamp_seconds',
  help: 'When the next key of the keys file expires, in seconds since the Unix epoch; +Inf when none does.',
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Keys that expire within this time are warned of. */
const SOON_MS = 14 * DAY_MS;
/** So many are named in the log, and so many of either kind in /status. */
const MAX_NAMED = 20;
export const MAX_SHOWN = 100;

/**
 * Tells that keys of the keys file are about to expire: in the log at the start, on a change and daily, in /status, as
 * a metric.
 */
@Injectable()
export class KeyExpiry implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private warnedAt = -Infinity;
  private warnedOf = '';

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @Inject(Clock) private readonly clock: Clock,
    @InjectMetric('mcpo_api_key_next_expiry_timestamp_seconds') private readonly nextExpiry: Gauge,
    @InjectPinoLogger(KeyExpiry.name) private readonly logger: PinoLogger,
    private readonly status: StatusRegistry,
    private readonly keys: ApiKeys,
  ) {}

  onModuleInit(): void {
    this.nextExpiry.set(Infinity);
    if (this.config.access.keysFile === undefined) return;
    this.status.register('keys', {
      summary: () => this.counts(),
      detail: () => ({
        soon: this.soon(MAX_SHOWN),
        expired: this.expired(),
        expiredCount: this.counts().expired,
      }),
    });
    this.keys.whenChanged(() => this.look());
    this.timer = setInterval(() => this.look(), HOUR_MS).unref();
    this.look();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Once a day, and at once when they are others than before. */
  private look(): void {
    const now = this.clock.now();
    this.nextExpiry.set((this.keys.expiring[this.countUntil(now)]?.expiresAt ?? Infinity) / 1000);
    const count = this.counts().expireSoon;
    const named = `${count} ${JSON.stringify(this.soon(MAX_SHOWN))}`;
    if (count === 0 || (named === this.warnedOf && now - this.warnedAt < DAY_MS)) return;
    this.warnedAt = now;
    this.warnedOf = named;
    this.logger.warn({ count, keys: this.soon(MAX_NAMED) }, 'API keys expire within 14 days');
  }

  /** Anybody may ask for these, as often as he likes: nothing is walked through. */
  private counts(): { expireSoon: number; expired: number } {
    const now = this.clock.now();
    const expired = this.countUntil(now);
    return { expireSoon: this.countUntil(now + SOON_MS) - expired, expired };
  }

  /** The next one first. */
  private soon(most: number): object[] {
    const now = this.clock.now();
    const from = this.countUntil(now);
    const to = Math.min(this.countUntil(now + SOON_MS), from + most);
    return this.keys.expiring.slice(from, to).map(toShown);
  }

  /** Those that have expired last, in the order of their times. */
  private expired(): object[] {
    const to = this.countUntil(this.clock.now());
    return this.keys.expiring.slice(Math.max(0, to - MAX_SHOWN), to).map(toShown);
  }

  /** How many expire at this time or before it, in milliseconds since the epoch; by halving. */
  private countUntil(time: number): number {
    const { expiring } = this.keys;
    let [from, to] = [0, expiring.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (expiring[middle]!.expiresAt <= time) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

const toShown = ({ name, expiresAt }: ExpiringKey): { name: string; expires: string } => ({
  name,
  expires: new Date(expiresAt).toISOString(),
});
