import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { CallContext } from '../../core/call-context.js';
import type { Principal } from '../../core/principal.js';
import { type RequestContext, requestContexts } from '../../observability/request-context.js';
import { AuditLog } from '../audit-log.service.js';
import type { AuditEvent } from '../audit-trail.port.js';
import { type AuditedArguments, auditArguments } from './audited-arguments.js';

/** One call of a tool, as the trail will have it. */
export class NotedCall {
  /** How it ended: `ok`, the code of an error, `input_required`; `unfinished` while it runs. */
  result = 'unfinished';
  private readonly startedAt = performance.now();
  private durationMs = 0;

  constructor(
    readonly tool: string,
    readonly args: AuditedArguments,
    private readonly onEnd?: (call: NotedCall) => void,
  ) {}

  end(result: string): void {
    this.result = result;
    this.durationMs = Math.round(performance.now() - this.startedAt);
    this.onEnd?.(this);
  }

  /** A record of this call alone. */
  toEvent(principal: Principal | undefined, correlationId: string, clientIp?: string): AuditEvent {
    const { tool, result, durationMs } = this;
    return {
      action: 'tool.call',
      outcome: result === 'ok' || result === 'input_required' ? 'ok' : 'error',
      principal,
      target: tool,
      correlationId,
      clientIp,
      details: { result, durationMs },
    };
  }
}

/** The calls of a request stand in its context, which knows nothing of them. A WeakMap cost 2 % of a small call. */
const NOTED = Symbol('mcpo:noted-calls');

type Noting = RequestContext & { [NOTED]?: NotedCall[] };

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
    ((request as Noting)[NOTED] ??= []).push(call);
    return call;
  }

  /** The calls on behalf of a request; `undefined` when there were none. */
  callsOf(request: RequestContext): readonly NotedCall[] | undefined {
    return (request as Noting)[NOTED];
  }
}
