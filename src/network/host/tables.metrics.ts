import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { histogramProvider } from '../../observability/metric.providers.js';
import { KernelTables } from './tables.service.js';

const NAME = 'mcpo_kernel_table_reading_seconds';

export const TABLES_METRICS = [
  histogramProvider({
    name: NAME,
    help: 'Time that a reading of a table of the kernel took, in seconds; several calls share one.',
    labelNames: ['table', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
  }),
];

/** Counts the readings: those who ask at the same time share one, so there are fewer than calls. */
@Injectable()
export class TablesMetrics {
  constructor(tables: KernelTables, @InjectMetric(NAME) duration: Histogram) {
    tables.onReading((table, outcome, seconds) => duration.observe({ table, outcome }, seconds));
  }
}
