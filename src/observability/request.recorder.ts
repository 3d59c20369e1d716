import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { requestContext } from './request-context.js';
import { RequestLog } from './request.log.js';
import { RequestMetrics } from './request.metrics.js';

/**
 * Closes each request exactly once with its log line and its metrics, when the response has ended, by whatever way: the
 * interceptors ask for it when a request gets as far as a handler, the exception filter and the middlewares when not.
 */
@Injectable()
export class RequestRecorder {
  constructor(
    private readonly log: RequestLog,
    private readonly metrics: RequestMetrics,
  ) {}

  logWhenClosed(request: Request, response: Response): void {
    const context = requestContext(request);
    if (context.isLogged) return;
    context.isLogged = true;
    response.once('close', () => this.log.record(request, context, response.statusCode));
  }

  countWhenClosed(request: Request, response: Response): void {
    const context = requestContext(request);
    if (context.isCounted) return;
    context.isCounted = true;
    response.once('close', () =>
      this.metrics.record(request.method, response.statusCode, context.elapsedMs / 1000),
    );
  }

  recordWhenClosed(request: Request, response: Response): void {
    this.logWhenClosed(request, response);
    this.countWhenClosed(request, response);
  }
}
