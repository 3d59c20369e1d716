import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { requestContexts } from '../observability/request-context.js';
import { type Probe, ProbePolicy, type Verdict } from './probe-policy.service.js';

export const DENIALS_METRIC = 'mcpo_policy_denials_total';

/** Takes down what was denied: in the metric, in the line of the request, and in the audit trail. */
@Injectable()
export class DenialRecord {
  constructor(
    policy: ProbePolicy,
    @InjectMetric(DENIALS_METRIC) private readonly denials: Counter,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {
    policy.onDenial((probe, verdict) => this.take(probe, verdict));
  }

  private take(
    { tool, principal: { id, name }, host, address, port, transport }: Probe,
    { rule }: Verdict,
  ): void {
    const request = requestContexts.getStore();
    this.denials.inc({ rule });
    if (request) request.fields['policyRule'] = rule;
    this.audit.record({
      action: 'probe.denied',
      outcome: 'denied',
      principal: { id, name },
      target: tool,
      rule,
      correlationId: request?.correlationId,
      clientIp: request?.clientIp,
      // As with arguments of tools: what was asked for goes in as a digest.
      arguments: { host, address, port, transport },
    });
  }
}
