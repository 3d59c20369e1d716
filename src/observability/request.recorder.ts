import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { requestContext } from './request-context.js';
import { RequestLog } from './request.log.js';
import { RequestMetrics } from './request.metrics.js';

/** Closes a request that reached no interceptor (refused, or answered by a middleware) with its line and its metrics. */
@Injectable()
export class RequestRecorder {
  constructor(
    private readonly log: RequestLog,
    private readonly metrics: RequestMetrics,
  ) {}

  record(request: Request, status: number): void {
    const context = requestContext(request);
    this.log.record(request, context, status);
    this.metrics.record(request.method, status, (performance.now() - context.startedAt) / 1000);
  }
}
