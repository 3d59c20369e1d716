import { PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import type { Configuration } from '../config/configuration.js';
import type { AuditCheckpoint } from '../audit/audit-checkpoints.port.js';
import { RedisAuditCheckpoints } from '../audit/redis.audit-checkpoints.js';
import { RedisConnection } from '../storage/redis.connection.js';

/** The checkpoints in Redis, for a process that does not serve. @throws Error when Redis does not answer. */
export async function readCheckpoints(config: Configuration): Promise<readonly AuditCheckpoint[]> {
  const silent: PinoLogger = new PinoLogger({ pinoHttp: { logger: pino({ enabled: false }) } });
  const redis = new RedisConnection(config, silent);
  try {
    if (!redis.isConfigured) throw new Error('REDIS_URL is not set');
    return await new RedisAuditCheckpoints(redis).list();
  } finally {
    redis.onApplicationShutdown();
  }
}
