import { Injectable } from '@nestjs/common';
import { ProbePolicy, type Probe } from '../../policy/probe-policy.service.js';
import { ToolError } from '../../tools/tool-error.js';

/** Stands between a resolved address and the first packet to it: every tool that contacts something asks here. */
@Injectable()
export class ProbeGate {
  constructor(private readonly policy: ProbePolicy) {}

  /**
   * Returns when the probe may go, having sent nothing.
   *
   * @throws ToolError `policy_denied` with the name of the rule.
   */
  admit(probe: Probe): void {
    const { isAllowed, rule } = this.policy.decide(probe);
    if (isAllowed) return;
    const to = probe.port === undefined ? probe.address : `${probe.address} port ${probe.port}`;
    throw new ToolError(
      'policy_denied',
      `The probe policy forbids ${probe.tool} to contact ${to} (rule "${rule}").`,
      'Ask for another target, or let the operator allow it by a rule of the probe policy.',
      { rule, address: probe.address },
    );
  }
}
