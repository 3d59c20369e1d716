import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { AuditCheckpoints } from '../audit/audit-checkpoints.port.js';
import { MemoryPubSub } from './memory.pub-sub.js';
import { PubSub } from './pub-sub.port.js';
import { RedisAuditCheckpoints } from '../audit/redis.audit-checkpoints.js';
import { KEY_PREFIX, RedisConnection } from './redis.connection.js';
import { RedisPubSub } from './redis.pub-sub.js';

/** Redis when REDIS_URL is set, memory otherwise. What is kept there is the business of the rooms that keep it. */
@Global()
@Module({
  providers: [
    RedisConnection,
    {
      provide: PubSub,
      inject: [RedisConnection, PinoLogger],
      useFactory: (redis: RedisConnection, logger: PinoLogger): PubSub =>
        redis.isConfigured
          ? new RedisPubSub(redis.client, redis.subscriber(), KEY_PREFIX, logger)
          : new MemoryPubSub(),
    },
    {
      provide: AuditCheckpoints,
      inject: [RedisConnection],
      useFactory: (redis: RedisConnection): AuditCheckpoints | undefined =>
        redis.isConfigured ? new RedisAuditCheckpoints(redis) : undefined,
    },
  ],
  exports: [RedisConnection, PubSub, AuditCheckpoints],
})
export class StorageModule {}
