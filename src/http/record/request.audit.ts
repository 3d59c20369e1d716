import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../observability/request-context.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AuditEvent } from '../../audit/audit-trail.port.js';
import { CallAudit, type NotedCall } from '../../audit/record/call-audit.service.js';

/**
 * One record per request: a `tool.call` when it has called one tool, otherwise a `request`. When it has called several,
 * as a batch does, each call has a record besides, with the same correlation id. Of guesses beyond their limit the
 * first alone; a request that a proxy is told to send once more has its record then.
 */
@Injectable()
export class RequestAudit {
  readonly isOn: boolean;

  constructor(
    private readonly log: AuditLog,
    private readonly calls: CallAudit,
  ) {
    this.isOn = log.isOn;
  }

  record(context: RequestContext, method: string, status: number, elapsedMs: number): void {
    if (context.isUnaudited) return;
    const { principal, correlationId, clientIp } = context;
    const calls = this.calls.callsOf(context);
    const call = calls?.length === 1 ? calls[0] : undefined;
    if (calls !== undefined && call === undefined) {
      for (const one of calls) this.log.recordCall(one.toEvent(principal, correlationId, clientIp), one.args);
    }
    this.log.recordCall(eventOf(context, calls, method, status, elapsedMs), call?.args);
  }
}

function eventOf(
  context: RequestContext,
  calls: readonly NotedCall[] | undefined,
  method: string,
  status: number,
  elapsedMs: number,
): AuditEvent {
  const { principal, fields, correlationId, clientIp } = context;
  const call = calls?.length === 1 ? calls[0] : undefined;
  // Of several calls each has its own record.
  const tool = calls === undefined ? fields.tool : call?.tool;
  return {
    action: call === undefined ? 'request' : 'tool.call',
    outcome: outcomeOf(context, status),
    principal,
    target: tool,
    correlationId,
    clientIp,
    details: {
      method,
      status,
      durationMs: Math.round(elapsedMs),
      result: call?.result,
      errorCode: fields.errorCode,
      calls: calls !== undefined && calls.length > 1 ? calls.length : undefined,
    },
  };
}

function outcomeOf({ fields }: RequestContext, status: number): AuditEvent['outcome'] {
  // A tool that refuses is an outcome of the call, whatever status the face of it has.
  if (fields.toolError !== undefined) return 'error';
  if (status === 401 || status === 403 || status === 429) return 'denied';
  const isFailed = status >= 400 || fields.errorCode !== undefined;
  return isFailed ? 'error' : 'ok';
}
