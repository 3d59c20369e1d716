import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.js';
import { AuditGuard } from '../access/audit.guard.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { AUDIT_METRIC_PROVIDERS, AuditMetrics } from '../audit/audit.metrics.js';
import { CallAudit } from '../audit/record/call-audit.service.js';
import { RequestAudit } from '../http/record/request.audit.js';
import { AppExceptionFilter } from '../http/exception.filter.js';
import { HttpRefusals } from '../http/client-errors.service.js';
import { LOG_LOSS_METRIC_PROVIDER, LogLoss } from './log/log-loss.service.js';
import { MetricsController } from '../health/metrics.controller.js';
import { NestLogger } from './log/nest.logger.js';
import { RequestInterceptor } from '../http/record/request.interceptor.js';
import { RequestLog } from '../http/record/request.log.js';
import { RequestRecorder } from '../http/record/request.recorder.js';
import { REQUEST_METRIC_PROVIDERS, RequestMetrics } from '../http/record/request.metrics.js';
import { StatusRegistry } from './status.registry.js';
import { WATCHED_FILE_METRIC_PROVIDERS, WatchedFiles } from './watched-files.service.js';

@Global()
@Module({})
export class ObservabilityModule {
  static forRoot(configuration: Configuration, logger: Logger): DynamicModule {
    return {
      module: ObservabilityModule,
      imports: [
        // Our interceptor and filter write the request's line; nestjs-pino brings no middleware of its own.
        LoggerModule.forRoot({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] }),
        ...(configuration.metrics.enabled
          ? [
              PrometheusModule.register({
                path: '/metrics',
                controller: MetricsController,
                defaultMetrics: { enabled: true },
              }),
            ]
          : []),
      ],
      providers: [
        NestLogger,
        RequestLog,
        RequestRecorder,
        RequestMetrics,
        HttpRefusals,
        ...REQUEST_METRIC_PROVIDERS,
        StatusRegistry,
        ...WATCHED_FILE_METRIC_PROVIDERS,
        WatchedFiles,
        ...AUDIT_METRIC_PROVIDERS,
        AuditMetrics,
        LOG_LOSS_METRIC_PROVIDER,
        LogLoss,
        AuditLog,
        { provide: AuditTrail, useExisting: AuditLog },
        RequestAudit,
        CallAudit,
        ...(configuration.audit.isRequired ? [{ provide: APP_GUARD, useClass: AuditGuard }] : []),
        { provide: APP_INTERCEPTOR, useClass: RequestInterceptor },
        { provide: APP_FILTER, useClass: AppExceptionFilter },
      ],
      exports: [NestLogger, RequestRecorder, StatusRegistry, WatchedFiles, AuditTrail, AuditLog, CallAudit],
    };
  }
}
