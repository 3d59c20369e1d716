import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { counterProvider, gaugeProvider } from '../observability/metric.providers.js';

export const AUDIT_METRIC_PROVIDERS = [
  counterProvider({
    name: 'mcpo_audit_records_total',
    help: 'Records of the audit trail by outcome (written, dropped).',
    labelNames: ['outcome'],
  }),
  gaugeProvider({
    name: 'mcpo_audit_up',
    help: '1 while records of the audit trail can be written or there is no trail, 0 while they cannot.',
  }),
];

@Injectable()
export class AuditMetrics {
  constructor(
    @InjectMetric('mcpo_audit_records_total') private readonly records: Counter,
    @InjectMetric('mcpo_audit_up') private readonly up: Gauge,
  ) {
    up.set(1);
  }

  written(count: number): void {
    this.records.inc({ outcome: 'written' }, count);
  }

  dropped(): void {
    this.records.inc({ outcome: 'dropped' });
  }

  canWrite(holds: boolean): void {
    this.up.set(holds ? 1 : 0);
  }
}
