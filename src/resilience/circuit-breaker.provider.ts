import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Gauge } from 'prom-client';
import { Configuration } from '../config/configuration.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { gaugeProvider } from '../observability/metric.providers.js';
import { type BreakerState, CircuitBreaker, type OutcomePolicy } from './circuit-breaker.js';

/** The values of `mcpo_circuit_breaker_state`, in the order of badness. */
export const BREAKER_STATE_VALUES: Readonly<Record<BreakerState, number>> = {
  closed: 0,
  'half-open': 1,
  open: 2,
};

export const BREAKER_METRIC_PROVIDERS = [
  gaugeProvider({
    name: 'mcpo_circuit_breaker_state',
    help: 'The worst state of all circuit breakers: 0 closed, 1 half-open, 2 open.',
  }),
  gaugeProvider({
    name: 'mcpo_upstream_circuit_breaker_state',
    help: 'State of the circuit breaker of an upstream: 0 closed, 1 half-open, 2 open.',
    labelNames: ['upstream'],
  }),
];

/** All breakers in one view, naming none. `state` is the worst. Times in milliseconds. */
export interface BreakerSummary {
  readonly state: BreakerState;
  readonly open: number;
  readonly total: number;
  readonly failureThreshold: number;
  readonly resetTimeoutMs: number;
}

/** One breaker, by the name of what it protects. */
export interface BreakerReport {
  readonly name: string;
  readonly state: BreakerState;
  readonly consecutiveFailures: number;
}

/** Makes the circuit breakers that stand around everything outbound, and knows the state of all of them. */
@Injectable()
export class CircuitBreakerProvider implements OnApplicationShutdown {
  private readonly breakers = new Map<string, CircuitBreaker>();
  private readonly listeners = new Set<() => void>();

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @InjectMetric('mcpo_circuit_breaker_state') private readonly worstState: Gauge,
    @InjectMetric('mcpo_upstream_circuit_breaker_state') private readonly states: Gauge,
    @InjectPinoLogger(CircuitBreakerProvider.name) private readonly logger: PinoLogger,
    status: StatusRegistry,
  ) {
    status.register('circuitBreakers', {
      summary: () => ({ ...this.summary() }),
      detail: () => ({ list: this.list() }),
    });
    this.worstState.set(BREAKER_STATE_VALUES.closed);
  }

  /** @throws Error when the name is taken. */
  create(name: string, policy: OutcomePolicy): CircuitBreaker {
    if (this.breakers.has(name)) throw new Error(`Circuit breaker ${name} exists already`);
    const breaker = new CircuitBreaker(name, {
      ...this.config.circuitBreaker,
      policy,
      onStateChange: (state) => this.stateChanged(name, state),
    });
    this.breakers.set(name, breaker);
    this.states.set({ upstream: name }, BREAKER_STATE_VALUES.closed);
    this.publish();
    return breaker;
  }

  remove(name: string): void {
    this.breakers.get(name)?.shutdown();
    this.breakers.delete(name);
    this.states.remove({ upstream: name });
    this.publish();
  }

  summary(): BreakerSummary {
    const states = [...this.breakers.values()].map(({ state }) => state);
    return {
      state: worst(states),
      open: states.filter((state) => state === 'open').length,
      total: states.length,
      ...this.config.circuitBreaker,
    };
  }

  /** Each breaker; the names are for the operator. */
  list(): readonly BreakerReport[] {
    return [...this.breakers.values()].map(({ name, state, consecutiveFailures }) => ({
      name,
      state,
      consecutiveFailures,
    }));
  }

  /** Calls the listener when a breaker has changed its state, is new or is gone. Answers how to stop listening. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onApplicationShutdown(): void {
    for (const breaker of this.breakers.values()) breaker.shutdown();
  }

  private stateChanged(name: string, state: BreakerState): void {
    this.logger[state === 'open' ? 'warn' : 'info'](
      { breaker: name, state },
      'Circuit breaker changed state',
    );
    this.states.set({ upstream: name }, BREAKER_STATE_VALUES[state]);
    this.publish();
  }

  private publish(): void {
    this.worstState.set(BREAKER_STATE_VALUES[this.summary().state]);
    for (const listener of this.listeners) listener();
  }
}

function worst(states: readonly BreakerState[]): BreakerState {
  return states.reduce<BreakerState>(
    (bad, state) => (BREAKER_STATE_VALUES[state] > BREAKER_STATE_VALUES[bad] ? state : bad),
    'closed',
  );
}
