import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { CallContext } from '../../core/call-context.js';
import { requestContexts } from '../../observability/request-context.js';
import { AuditLog } from '../audit-log.service.js';
import { auditArguments } from './audited-arguments.js';
import { NotedCall } from './noted-call.js';

/** Notes the calls of tools, for the records of the requests that they belong to. */
@Injectable()
export class CallAudit {
  /** Nothing is to be noted otherwise. */
  readonly isOn: boolean;
  private readonly shownArguments: readonly string[];

  constructor(
    @Inject(Configuration) { audit }: Configuration,
    private readonly log: AuditLog,
  ) {
    this.isOn = log.isOn;
    this.shownArguments = audit.shownArguments;
  }

  /** What runs as a task outlives its request, and has a record of its own when it ends. */
  begin(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    { principal, correlationId }: CallContext,
    pace: 'request' | 'task',
  ): NotedCall {
    const audited = auditArguments(args, this.shownArguments);
    const request = pace === 'task' ? undefined : requestContexts.getStore();
    if (request === undefined) {
      const clientIp = requestContexts.getStore()?.clientIp;
      return new NotedCall(tool, audited, (call) =>
        this.log.recordCall(call.toEvent(principal, correlationId, clientIp), audited),
      );
    }
    const call = new NotedCall(tool, audited);
    (request.calls ??= []).push(call);
    return call;
  }
}
