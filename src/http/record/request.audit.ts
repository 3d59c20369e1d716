import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../observability/request-context.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AuditEvent } from '../../audit/audit-trail.port.js';

/**
 * One record per request: a `tool.call` when it has called one tool, otherwise a `request`. When it has called several, as
 * a batch does, each call has a record besides, with the same correlation id.
 */
@Injectable()
export class RequestAudit {
  readonly isOn: boolean;

  constructor(private readonly log: AuditLog) {
    this.isOn = log.isOn;
  }

  record(context: RequestContext, method: string, status: number, elapsedMs: number): void {
    const { calls = [], principal, correlationId, clientIp } = context;
    const [call] = calls;
    const isOne = calls.length === 1;
    if (!isOne) {
      for (const one of calls) this.log.recordCall(one.toEvent(principal, correlationId, clientIp), one.args);
    }
    this.log.recordCall(eventOf(context, method, status, elapsedMs), isOne ? call!.args : undefined);
  }
}

function eventOf(context: RequestContext, method: string, status: number, elapsedMs: number): AuditEvent {
  const { calls, principal, fields, correlationId, clientIp } = context;
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
  if (status === 401 || status === 403 || status === 429) return 'denied';
  const isFailed = status >= 400 || fields.errorCode !== undefined || fields['toolError'] === true;
  return isFailed ? 'error' : 'ok';
}
