import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type Observable, tap } from 'rxjs';
import { requestContext } from './request-context.js';
import { RequestMetrics } from './request.metrics.js';

/** Counts and times a served request. Refused requests never come here: the exception filter counts those. */
@Injectable()
export class MetricsInterceptor implements NestInterceptor {
  constructor(private readonly metrics: RequestMetrics) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = execution.switchToHttp().getRequest<Request>();
    const response = execution.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      tap({
        complete: () => {
          const seconds = (performance.now() - requestContext(request).startedAt) / 1000;
          this.metrics.record(request.method, response.statusCode, seconds);
        },
      }),
    );
  }
}
