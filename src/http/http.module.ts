import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { ClientErrors } from './client-errors.service.js';
import { AppExceptionFilter } from './exception.filter.js';
import { ForwardedHeaderWarning } from './forwarded-header.warning.js';
import { RecentErrors } from './record/recent-errors.service.js';
import { RequestAudit } from './record/request.audit.js';
import { RequestInterceptor } from './record/request.interceptor.js';
import { RequestLog } from './record/request.log.js';
import { REQUEST_METRIC_PROVIDERS, RequestMetrics } from './record/request.metrics.js';
import { RequestRecorder } from './record/request.recorder.js';

/** What an HTTP server is, whatever it serves: how a request is recorded and how an error is answered. */
@Module({
  providers: [
    ClientErrors,
    ForwardedHeaderWarning,
    RecentErrors,
    RequestLog,
    RequestAudit,
    ...REQUEST_METRIC_PROVIDERS,
    RequestMetrics,
    RequestRecorder,
    { provide: APP_INTERCEPTOR, useClass: RequestInterceptor },
    { provide: APP_FILTER, useClass: AppExceptionFilter },
  ],
  exports: [RequestRecorder],
})
export class HttpModule {}
