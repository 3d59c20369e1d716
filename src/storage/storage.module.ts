import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { MemoryPubSub } from './memory.pub-sub.js';
import { PubSub } from './pub-sub.port.js';
import { KEY_PREFIX, RedisConnection } from './redis.connection.js';
import { RedisPubSub } from './redis.pub-sub.js';
import { STORAGE_METRIC_PROVIDERS, StorageStatus } from './storage.status.js';

/** Redis when REDIS_URL is set, memory otherwise. What is kept there is the business of the rooms that keep it. */
@Global()
@Module({
  providers: [
    RedisConnection,
    ...STORAGE_METRIC_PROVIDERS,
    StorageStatus,
    {
      provide: PubSub,
      inject: [RedisConnection, PinoLogger],
      useFactory: (redis: RedisConnection, logger: PinoLogger): PubSub =>
        redis.isConfigured
          ? new RedisPubSub(redis.client, redis.subscriber(), KEY_PREFIX, logger)
          : new MemoryPubSub(),
    },
  ],
  exports: [RedisConnection, PubSub],
})
export class StorageModule {}
