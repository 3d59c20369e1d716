import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { counterProvider, gaugeProvider, histogramProvider } from '../../observability/metric.providers.js';
import type { GuardObserver, GuardOutcome } from './breaker-guard.js';

export const GUARD_METRIC_PROVIDERS = [
  counterProvider({
    name: 'mcpo_upstream_calls_total',
    help: 'Calls of upstreams by outcome: ok, answered, failure, timeout, cancelled, circuit_open, queue_full.',
    labelNames: ['upstream', 'outcome'],
  }),
  histogramProvider({
    name: 'mcpo_upstream_call_duration_seconds',
    help: 'Time from asking an upstream to its answer, waiting and repetitions included, in seconds.',
    labelNames: ['upstream'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
  }),
  gaugeProvider({
    name: 'mcpo_upstream_calls_in_flight',
    help: 'Calls of upstreams that are running now.',
    labelNames: ['upstream'],
  }),
  gaugeProvider({
    name: 'mcpo_upstream_calls_queued',
    help: 'Calls of upstreams that wait for a place.',
    labelNames: ['upstream'],
  }),
  counterProvider({
    name: 'mcpo_upstream_retries_total',
    help: 'Repetitions of calls of upstreams.',
    labelNames: ['upstream'],
  }),
];

const REFUSED: ReadonlySet<GuardOutcome> = new Set(['circuit_open', 'queue_full']);

/** One set of metrics for all upstreams, labelled by their names, which are those of the configuration. */
@Injectable()
export class GuardMetrics {
  constructor(
    @InjectMetric('mcpo_upstream_calls_total') private readonly calls: Counter,
    @InjectMetric('mcpo_upstream_call_duration_seconds') private readonly duration: Histogram,
    @InjectMetric('mcpo_upstream_calls_in_flight') private readonly inFlight: Gauge,
    @InjectMetric('mcpo_upstream_calls_queued') private readonly queued: Gauge,
    @InjectMetric('mcpo_upstream_retries_total') private readonly retries: Counter,
  ) {}

  observerOf(upstream: string): GuardObserver {
    const inFlight = this.inFlight.labels({ upstream });
    const queued = this.queued.labels({ upstream });
    const duration = this.duration.labels({ upstream });
    const retries = this.retries.labels({ upstream });
    return {
      moved: (running, waiting) => {
        inFlight.set(running);
        queued.set(waiting);
      },
      retried: () => retries.inc(),
      ended: (outcome, seconds) => {
        this.calls.inc({ upstream, outcome });
        if (!REFUSED.has(outcome)) duration.observe(seconds);
      },
    };
  }

  /** Counters stay; what shows the present goes. */
  forget(upstream: string): void {
    this.inFlight.remove({ upstream });
    this.queued.remove({ upstream });
  }
}
