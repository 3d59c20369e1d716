import { Global, Module } from '@nestjs/common';
import { RedisConnection } from '../storage/redis.connection.js';
import { AuditCheckpoints } from './audit-checkpoints.port.js';
import { AuditLog } from './audit-log.service.js';
import { AuditTrail } from './audit-trail.port.js';
import { AUDIT_METRIC_PROVIDERS, AuditMetrics } from './audit.metrics.js';
import { CallAudit } from './record/call-audit.service.js';
import { RedisAuditCheckpoints } from './redis.audit-checkpoints.js';

/** The audit trail: what is recorded, how it is sealed, where it is written. */
@Global()
@Module({
  providers: [
    ...AUDIT_METRIC_PROVIDERS,
    AuditMetrics,
    AuditLog,
    { provide: AuditTrail, useExisting: AuditLog },
    CallAudit,
    {
      provide: AuditCheckpoints,
      inject: [RedisConnection],
      useFactory: (redis: RedisConnection): AuditCheckpoints | undefined =>
        redis.isConfigured ? new RedisAuditCheckpoints(redis) : undefined,
    },
  ],
  exports: [AuditTrail, AuditLog, CallAudit],
})
export class AuditModule {}
