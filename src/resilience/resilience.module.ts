import { Module } from '@nestjs/common';
import { BREAKER_METRIC_PROVIDERS, CircuitBreakerProvider } from './circuit-breaker.provider.js';

@Module({
  providers: [CircuitBreakerProvider, ...BREAKER_METRIC_PROVIDERS],
  exports: [CircuitBreakerProvider],
})
export class ResilienceModule {}
