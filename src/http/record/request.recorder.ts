import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RecentErrors } from './recent-errors.service.js';
import { RequestAudit } from './request.audit.js';
import { type RequestContext, requestContext } from '../../observability/request-context.js';
import { methodOf, RequestLog } from './request.log.js';
import { RequestMetrics } from './request.metrics.js';

/** nginx's status for a client that went away before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Closes each request exactly once with its log line, its audit record and its metrics, when the response has ended, by
 * whatever way: the interceptor asks for it when a request gets as far as a handler, the exception filter and the
 * middlewares when not.
 */
@Injectable()
export class RequestRecorder {
  constructor(
    private readonly log: RequestLog,
    private readonly metrics: RequestMetrics,
    private readonly audit: RequestAudit,
    private readonly errors: RecentErrors,
  ) {}

  /** However often it is asked for, a request is recorded once. */
  recordWhenClosed(request: Request, response: Response): void {
    const context = requestContext(request);
    if (context.isToBeRecorded) return;
    context.isToBeRecorded = true;
    const record = (): void => {
      const answered = response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST;
      const status = context.refusedWith ?? answered;
      const { elapsedMs } = context;
      this.close(context, methodOf(request, context), status, elapsedMs);
      this.metrics.record(request.method, status, elapsedMs / 1000);
    };
    // A client may go while its key is still being looked at.
    if (response.closed) record();
    else response.on('close', record);
  }

  /** Closes a message that came without HTTP. */
  recordMessage(context: RequestContext, status: number): void {
    this.close(context, context.rpcMethod ?? 'unknown', status, context.elapsedMs);
  }

  private close(context: RequestContext, method: string, status: number, elapsedMs: number): void {
    this.log.record(context, method, status, elapsedMs);
    this.errors.note(context, method, status);
    if (this.audit.isOn) this.audit.record(context, method, status, elapsedMs);
  }
}
