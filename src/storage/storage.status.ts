import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { gaugeProvider } from '../observability/metric.providers.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { RedisConnection } from './redis.connection.js';

export const STORAGE_METRIC_PROVIDERS = [
  gaugeProvider({ name: 'mcpo_storage_up', help: '1 while the storage answers, 0 while Redis is away.' }),
];

/** What /status and /metrics say of the storage. */
@Injectable()
export class StorageStatus {
  constructor(redis: RedisConnection, status: StatusRegistry, @InjectMetric('mcpo_storage_up') up: Gauge) {
    status.register('storage', {
      summary: () => ({
        kind: redis.isConfigured ? 'redis' : 'memory',
        state: redis.isLost ? 'away' : 'up',
      }),
    });
    const publish = (): void => up.set(redis.isLost ? 0 : 1);
    publish();
    redis.onChange(publish);
  }
}
