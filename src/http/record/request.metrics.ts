import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { counterProvider, histogramProvider } from '../../observability/metric.providers.js';

export const REQUEST_METRIC_PROVIDERS = [
  counterProvider({
    name: 'mcpo_requests_total',
    help: 'HTTP requests by method and status, refused ones included.',
    labelNames: ['method', 'status'],
  }),
  histogramProvider({
    name: 'mcpo_request_duration_seconds',
    help: 'Time from the arrival of a request to its last byte, in seconds.',
    labelNames: ['method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  }),
];

/** Verbs that get a label of their own; the rest share one, so that a client cannot invent label values. */
const VERBS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** `mcpo_requests_total` and `mcpo_request_duration_seconds`, once per request. */
@Injectable()
export class RequestMetrics {
  constructor(
    @InjectMetric('mcpo_requests_total') private readonly requests: Counter,
    @InjectMetric('mcpo_request_duration_seconds') private readonly durations: Histogram,
  ) {}

  record(verb: string, status: number, seconds: number): void {
    const labels = { method: VERBS.has(verb) ? verb : 'OTHER', status: String(status) };
    this.requests.inc(labels);
    this.durations.observe(labels, seconds);
  }

  /** What was refused before there was a request: nobody knows its method, nor when it began. */
  countUnreadable(status: number): void {
    this.requests.inc({ method: 'OTHER', status: String(status) });
  }
}
