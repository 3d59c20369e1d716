import { Module } from '@nestjs/common';
import { Clock, SteadyClock } from '../core/clock.js';
import { RedisConnection } from '../storage/redis.connection.js';
import { AnswerCache, CACHE_METRIC_PROVIDERS } from './cache/answer-cache.service.js';
import { CacheStore } from './cache/cache.store.port.js';
import { MemoryCacheStore } from './cache/memory.cache.store.js';
import { RedisCacheStore } from './cache/redis.cache.store.js';
import { BREAKER_METRIC_PROVIDERS, CircuitBreakerProvider } from './circuit-breaker.provider.js';
import { GUARD_METRIC_PROVIDERS, GuardMetrics } from './guard/guard.metrics.js';
import { OutboundGuards } from './guard/outbound-guards.service.js';
import { HttpPools } from './http/http-pools.service.js';

@Module({
  providers: [
    CircuitBreakerProvider,
    ...BREAKER_METRIC_PROVIDERS,
    OutboundGuards,
    GuardMetrics,
    ...GUARD_METRIC_PROVIDERS,
    HttpPools,
    {
      provide: CacheStore,
      inject: [RedisConnection, Clock, SteadyClock],
      useFactory: (redis: RedisConnection, clock: Clock, steady: SteadyClock): CacheStore =>
        redis.isConfigured ? new RedisCacheStore(redis, clock) : new MemoryCacheStore(steady),
    },
    AnswerCache,
    ...CACHE_METRIC_PROVIDERS,
  ],
  exports: [CircuitBreakerProvider, OutboundGuards, HttpPools, AnswerCache],
})
export class ResilienceModule {}
