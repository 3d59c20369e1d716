import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { counterProvider, gaugeProvider } from '../observability/metric.providers.js';

export const MCP_METRIC_PROVIDERS = [
  gaugeProvider({ name: 'mcpo_notification_streams', help: 'Notification streams that are open here.' }),
  gaugeProvider({ name: 'mcpo_tasks_running', help: 'Tasks whose work is under way here.' }),
  counterProvider({
    name: 'mcpo_tasks_total',
    help: 'Tasks that have ended here, by status: completed, cancelled or failed.',
    labelNames: ['status'],
  }),
];

/** What the protocol keeps open beyond one request. */
@Injectable()
export class McpMetrics {
  constructor(
    @InjectMetric('mcpo_notification_streams') private readonly streams: Gauge,
    @InjectMetric('mcpo_tasks_running') private readonly tasksRunning: Gauge,
    @InjectMetric('mcpo_tasks_total') private readonly tasks: Counter,
  ) {}

  streamsOpen(count: number): void {
    this.streams.set(count);
  }

  tasksUnderWay(count: number): void {
    this.tasksRunning.set(count);
  }

  taskEnded(status: string): void {
    this.tasks.inc({ status });
  }
}
