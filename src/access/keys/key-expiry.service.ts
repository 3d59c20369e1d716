import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Gauge } from 'prom-client';
import { Configuration } from '../../config/configuration.js';
import { Clock } from '../../core/clock.js';
import { gaugeProvider } from '../../observability/metric.providers.js';
import { StatusRegistry } from '../../observability/status.registry.js';
import { ApiKeys } from '../api-keys.service.js';

export const KEY_EXPIRY_METRIC_PROVIDER = gaugeProvider({
  name: 'mcpo_api_key_next_expiry_timestamp_seconds',
  help: 'When the next key of the keys file expires, in seconds since the Unix epoch; +Inf when none does.',
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Keys that expire within this time are warned of. */
const SOON_MS = 14 * DAY_MS;
/** So many are named; /status has them all. */
const MAX_NAMED = 20;

interface Expiring {
  readonly name: string;
  readonly expires: string;
}

/** Tells that keys of the keys file are about to expire: in the log at the start, on a change and daily, in /status, as a metric. */
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
      summary: () => ({ expireSoon: this.soon().length, expired: this.expired().length }),
      detail: () => ({ soon: this.soon(), expired: this.expired() }),
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
    let next = Infinity;
    for (const { expiresAt } of this.keys.expiring())
      if (expiresAt > now && expiresAt < next) next = expiresAt;
    this.nextExpiry.set(next / 1000);
    const soon = this.soon();
    const named = JSON.stringify(soon);
    if (soon.length === 0 || (named === this.warnedOf && now - this.warnedAt < DAY_MS)) return;
    this.warnedAt = now;
    this.warnedOf = named;
    this.logger.warn(
      { count: soon.length, keys: soon.slice(0, MAX_NAMED) },
      'API keys expire within 14 days',
    );
  }

  /** The next one first. */
  private soon(): Expiring[] {
    const now = this.clock.now();
    return this.listed((at) => at > now && at - now <= SOON_MS);
  }

  private expired(): Expiring[] {
    const now = this.clock.now();
    return this.listed((at) => at <= now);
  }

  private listed(isWanted: (expiresAt: number) => boolean): Expiring[] {
    return this.keys
      .expiring()
      .filter(({ expiresAt }) => isWanted(expiresAt))
      .sort((a, b) => a.expiresAt - b.expiresAt)
      .map(({ name, expiresAt }) => ({ name, expires: new Date(expiresAt).toISOString() }));
  }
}
