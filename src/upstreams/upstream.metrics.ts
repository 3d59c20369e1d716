import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { counterProvider, gaugeProvider } from '../observability/metric.providers.js';

export const UPSTREAM_METRIC_PROVIDERS = [
  gaugeProvider({
    name: 'mcpo_upstream_up',
    help: '1 while the upstream is connected, 0 while it is not.',
    labelNames: ['upstream'],
  }),
  gaugeProvider({
    name: 'mcpo_upstream_tools',
    help: 'Tools of the upstream, by state: served, quarantined, left_out.',
    labelNames: ['upstream', 'state'],
  }),
  counterProvider({
    name: 'mcpo_upstream_restarts_total',
    help: 'Times that the upstream was connected again after its connection was lost.',
    labelNames: ['upstream'],
  }),
  counterProvider({
    name: 'mcpo_upstream_errors_total',
    help: 'Calls that the upstream did not answer, by kind: unreachable, failed, malformed, refused, session_gone, too_large.',
    labelNames: ['upstream', 'kind'],
  }),
  gaugeProvider({
    name: 'mcpo_upstream_entries_set_aside',
    help: 'Entries of MCP_SERVERS_FILE that cannot be used: /status says why.',
  }),
];

/** Of the tools of an upstream. */
const STATES = ['served', 'quarantined', 'left_out'] as const;

/** What /metrics says of each upstream besides what its guard counts. The labels are names of the file. */
@Injectable()
export class UpstreamMetrics {
  constructor(
    @InjectMetric('mcpo_upstream_up') private readonly up: Gauge,
    @InjectMetric('mcpo_upstream_tools') private readonly tools: Gauge,
    @InjectMetric('mcpo_upstream_restarts_total') private readonly restarts: Counter,
    @InjectMetric('mcpo_upstream_errors_total') private readonly errors: Counter,
    @InjectMetric('mcpo_upstream_entries_set_aside') private readonly entriesSetAside: Gauge,
  ) {}

  connected(upstream: string, isUp: boolean): void {
    this.up.set({ upstream }, isUp ? 1 : 0);
  }

  restarted(upstream: string): void {
    this.restarts.inc({ upstream });
  }

  failed(upstream: string, kind: string): void {
    this.errors.inc({ upstream, kind });
  }

  listed(upstream: string, tools: Readonly<Record<(typeof STATES)[number], number>>): void {
    for (const state of STATES) this.tools.set({ upstream, state }, tools[state]);
  }

  setAside(entries: number): void {
    this.entriesSetAside.set(entries);
  }

  /** An upstream that has left the file leaves the gauges; its counters stay what they were. */
  forget(upstream: string): void {
    this.up.remove({ upstream });
    for (const state of STATES) this.tools.remove({ upstream, state });
  }
}
