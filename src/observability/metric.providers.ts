import type { FactoryProvider } from '@nestjs/common';
import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { CounterConfiguration, GaugeConfiguration, HistogramConfiguration } from 'prom-client';
import { Configuration } from '../config/configuration.js';

/** Stands in for every metric when METRICS_ENABLED=false, so that nothing is collected and nobody has to ask. */
const NOTHING_COLLECTED = {
  inc: (): void => undefined,
  dec: (): void => undefined,
  set: (): void => undefined,
  observe: (): void => undefined,
  remove: (): void => undefined,
  labels: (): object => NOTHING_COLLECTED,
};

export const counterProvider = (options: CounterConfiguration<string>): FactoryProvider =>
  whenEnabled(makeCounterProvider(options));

export const gaugeProvider = (options: GaugeConfiguration<string>): FactoryProvider =>
  whenEnabled(makeGaugeProvider(options));

export const histogramProvider = (options: HistogramConfiguration<string>): FactoryProvider =>
  whenEnabled(makeHistogramProvider(options));

function whenEnabled(provider: unknown): FactoryProvider {
  const { provide, inject = [], useFactory } = provider as FactoryProvider;
  return {
    provide,
    inject: [Configuration, ...inject],
    useFactory: (config: Configuration, ...dependencies: unknown[]): unknown =>
      config.metrics.enabled
        ? (useFactory as (...args: unknown[]) => unknown)(...dependencies)
        : NOTHING_COLLECTED,
  };
}
