import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { LogDestination } from './log.destination.js';
import { LogStream } from './log-stream.port.js';
import { counterProvider } from '../metric.providers.js';

export const LOG_LOSS_METRIC_PROVIDER = counterProvider({
  name: 'mcpo_log_lines_lost_total',
  help: 'Lines of the log that could not be written: nobody took them, or the disk was full.',
});

/** Counts the lines that the log has lost. */
@Injectable()
export class LogLoss implements OnModuleInit {
  constructor(
    @Inject(LogStream) private readonly stream: LogStream,
    @InjectMetric('mcpo_log_lines_lost_total') private readonly lost: Counter,
  ) {}

  onModuleInit(): void {
    if (this.stream instanceof LogDestination) this.stream.whenLost((lines) => this.lost.inc(lines));
  }
}
