import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { RequestRecorder } from './request.recorder.js';

/** Counts and times every request that reaches a handler. What a guard refuses is counted by the exception filter. */
@Injectable()
export class MetricsInterceptor implements NestInterceptor {
  constructor(private readonly recorder: RequestRecorder) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    this.recorder.countWhenClosed(http.getRequest(), http.getResponse());
    return next.handle();
  }
}
