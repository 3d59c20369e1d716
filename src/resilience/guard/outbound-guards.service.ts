import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { CircuitBreakerProvider } from '../circuit-breaker.provider.js';
import type { GuardOptions } from '../outbound.port.js';
import { BreakerGuard, guardPolicy } from './breaker-guard.js';
import { GuardMetrics } from './guard.metrics.js';

export type { BreakerGuard } from './breaker-guard.js';

/** Makes the guards that stand around everything outbound: one for each upstream, under its name. */
@Injectable()
export class OutboundGuards {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly breakers: CircuitBreakerProvider,
    private readonly metrics: GuardMetrics,
  ) {}

  /** @throws Error when the name is taken. */
  create(name: string, options: GuardOptions): BreakerGuard {
    const { outbound, tools } = this.config;
    const { policy } = options;
    return new BreakerGuard({
      breaker: this.breakers.create(name, guardPolicy(policy)),
      policy,
      maxConcurrency: options.maxConcurrency ?? outbound.maxConcurrency,
      maxQueue: options.maxQueue ?? outbound.maxQueue,
      timeoutMs: tools.timeoutMs,
      retries: options.retries ?? outbound.retries,
      observer: this.metrics.observerOf(name),
    });
  }

  /** Calls that are running end as they would have; the breaker of the name is gone. */
  remove(name: string): void {
    this.breakers.remove(name);
    this.metrics.forget(name);
  }
}
