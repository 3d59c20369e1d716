import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { RequestRecorder } from './request.recorder.js';

/**
 * Correlation logging and metrics for every request that reaches a handler: one log line, one audit record, one count.
 * What a guard refuses is recorded by the exception filter. One interceptor does it all, because each further one costs
 * every request as much as the counting itself.
 */
@Injectable()
export class RequestInterceptor implements NestInterceptor {
  constructor(private readonly recorder: RequestRecorder) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    // Not through switchToHttp(), which makes three functions each time.
    const [request, response] = execution.getArgs<[Request, Response]>();
    this.recorder.recordWhenClosed(request, response);
    return next.handle();
  }
}
