import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { LogDestination } from './log.destination.js';
import { destinationOf } from './logger.factory.js';
import { counterProvider } from '../metric.providers.js';

export const LOG_LOSS_METRIC_PROVIDER = counterProvider({
  name: 'mcpo_log_lines_lost_total',
  help: 'Lines of the log that could not be written: nobody took them, or the disk was full.',
});

/** Counts the lines that the log has lost. */
@Injectable()
export class LogLoss implements OnModuleInit {
  constructor(
    private readonly logger: PinoLogger,
    @InjectMetric('mcpo_log_lines_lost_total') private readonly lost: Counter,
  ) {}

  onModuleInit(): void {
    const destination = destinationOf(this.logger.logger);
    if (destination instanceof LogDestination) destination.whenLost((lines) => this.lost.inc(lines));
  }
}
