import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type Observable, tap } from 'rxjs';
import { requestContext } from './request-context.js';
import { RequestLog } from './request.log.js';

/** Closes a served request with its log line. Refused requests never come here: the exception filter closes those. */
@Injectable()
export class LoggingInterceptor implements NestInterceptor {
  constructor(private readonly log: RequestLog) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = execution.switchToHttp().getRequest<Request>();
    const response = execution.switchToHttp().getResponse<Response>();
    return next
      .handle()
      .pipe(tap({ complete: () => this.log.record(request, requestContext(request), response.statusCode) }));
  }
}
