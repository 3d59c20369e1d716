import { Module } from '@nestjs/common';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { getToken } from '@willsoto/nestjs-prometheus';
import { PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Configuration } from '../../config/configuration.js';
import { SteadyClock } from '../../core/clock.js';
import { counterProvider } from '../../observability/metric.providers.js';
import { KEY_PREFIX, RedisConnection } from '../../storage/redis.connection.js';
import { MemoryWindowStore } from './memory-window.store.js';
import { requestOf } from './rate-limit.guard.js';
import { RateLimiter } from './rate-limiter.service.js';
import { RedisWindowStore } from './redis-window.store.js';
import { WindowStore } from './window.store.js';

const FALLBACKS_METRIC = 'mcpo_rate_limit_fallbacks_total';

/** Where windows are counted: in Redis when there is one, in memory otherwise. */
@Module({
  providers: [
    counterProvider({
      name: FALLBACKS_METRIC,
      help: 'Hits that Redis did not count: counted by this replica alone, or refused with RATE_LIMIT_ON_STORE_FAILURE=deny.',
    }),
    {
      provide: WindowStore,
      inject: [Configuration, SteadyClock, RedisConnection, PinoLogger, getToken(FALLBACKS_METRIC)],
      useFactory: (
        { rateLimit }: Configuration,
        clock: SteadyClock,
        redis: RedisConnection,
        logger: PinoLogger,
        fallbacks: Counter,
      ): WindowStore => {
        const local = new MemoryWindowStore(clock);
        if (!redis.isConfigured) return local;
        return new RedisWindowStore(redis, local, logger, {
          prefix: KEY_PREFIX,
          onFailure: rateLimit.onStoreFailure,
          onFallback: () => fallbacks.inc(),
        });
      },
    },
    RateLimiter,
  ],
  exports: [WindowStore, RateLimiter],
})
export class CountingModule {}

/** How often somebody may ask. */
@Module({
  imports: [
    CountingModule,
    ThrottlerModule.forRootAsync({
      imports: [CountingModule],
      inject: [RateLimiter, WindowStore],
      useFactory: (limiter: RateLimiter, storage: WindowStore): ThrottlerModuleOptions => ({
        throttlers: [
          {
            limit: (context) => limiter.limitOf(requestOf(context)).maxRequests,
            ttl: (context) => limiter.limitOf(requestOf(context)).windowMs,
          },
        ],
        storage,
      }),
    }),
  ],
  exports: [CountingModule],
})
export class LimitsModule {}
