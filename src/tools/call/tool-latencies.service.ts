import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { Configuration } from '../../config/configuration.js';
import { SteadyClock } from '../../core/clock.js';
import { bucketsOf, type Latency, latencyOf } from './latency.js';

/** How long the calls of each tool have taken since the start, from the metrics. */
@Injectable()
export class ToolLatencies {
  private found: ReadonlyMap<string, Latency> = new Map();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @Inject(SteadyClock) private readonly clock: SteadyClock,
    @InjectMetric('mcpo_tool_execution_time_seconds') private readonly duration: Histogram,
  ) {}

  /** As they were read last; empty without metrics. */
  get all(): ReadonlyMap<string, Latency> {
    return this.found;
  }

  /** Reads them anew, once in CACHE_METRICS_TTL_SECONDS at most. */
  async refresh(): Promise<void> {
    if (!this.config.metrics.enabled) return;
    if (this.clock.now() - this.readAt >= this.config.cache.metricsTtlMs)
      this.reading ??= this.read().finally(() => (this.reading = undefined));
    await this.reading;
  }

  private async read(): Promise<void> {
    const { values } = await this.duration.get();
    this.found = new Map([...bucketsOf(values)].map(([tool, buckets]) => [tool, latencyOf(buckets)]));
    this.readAt = this.clock.now();
  }
}
