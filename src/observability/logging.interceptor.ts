import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { RequestRecorder } from './request.recorder.js';

/** One log line for every request that reaches a handler. What a guard refuses is logged by the exception filter. */
@Injectable()
export class LoggingInterceptor implements NestInterceptor {
  constructor(private readonly recorder: RequestRecorder) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    this.recorder.logWhenClosed(http.getRequest(), http.getResponse());
    return next.handle();
  }
}
