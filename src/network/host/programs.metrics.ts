import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { histogramProvider } from '../../observability/metric.providers.js';
import { ProgramRunner } from './program-runner.js';

const NAME = 'mcpo_program_start_seconds';

export const PROGRAMS_METRICS = [
  histogramProvider({
    name: NAME,
    help: 'Time from wanting a program of the host until it ran, in seconds; a few begin at a time.',
    labelNames: ['program'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
  }),
];

/** Counts the programs of the host that were started. One that cannot be started does not count. */
@Injectable()
export class ProgramsMetrics {
  constructor(runner: ProgramRunner, @InjectMetric(NAME) wait: Histogram) {
    runner.onStarted((program, seconds) => wait.observe({ program }, seconds));
  }
}
