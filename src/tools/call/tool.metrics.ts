import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { counterProvider, gaugeProvider, histogramProvider } from '../../observability/metric.providers.js';

/** `ok`, or the code with which the call failed. */
export type ToolOutcome = string;

export const TOOL_METRIC_PROVIDERS = [
  histogramProvider({
    name: 'mcpo_tool_execution_time_seconds',
    help: 'Time a tool took to run, in seconds.',
    labelNames: ['tool_name'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
  }),
  counterProvider({
    name: 'mcpo_tool_calls_total',
    help: 'Calls of tools by outcome: ok, tool_error for a failure that the tool itself reports, or an error code.',
    labelNames: ['tool_name', 'outcome'],
  }),
  gaugeProvider({ name: 'mcpo_tool_calls_in_flight', help: 'Calls of tools that are running now.' }),
];

/** Names that get a label of their own; later ones share `other`, for upstreams may rename their tools for ever. */
export const MAX_NAMES = 10_000;

@Injectable()
export class ToolMetrics {
  private readonly names = new Set<string>();

  constructor(
    @InjectMetric('mcpo_tool_execution_time_seconds') private readonly duration: Histogram,
    @InjectMetric('mcpo_tool_calls_total') private readonly calls: Counter,
    @InjectMetric('mcpo_tool_calls_in_flight') private readonly inFlight: Gauge,
  ) {}

  started(inFlight: number): void {
    this.inFlight.set(inFlight);
  }

  finished(tool: string, outcome: ToolOutcome, seconds: number, inFlight: number): void {
    const label = this.labelOf(tool);
    this.duration.observe({ tool_name: label }, seconds);
    this.calls.inc({ tool_name: label, outcome });
    this.inFlight.set(inFlight);
  }

  refused(tool: string, outcome: ToolOutcome): void {
    this.calls.inc({ tool_name: this.labelOf(tool), outcome });
  }

  private labelOf(tool: string): string {
    if (this.names.has(tool)) return tool;
    if (this.names.size >= MAX_NAMES) return 'other';
    this.names.add(tool);
    return tool;
  }
}
