import { Injectable } from '@nestjs/common';
import { type Probe, ProbePolicy } from '../../policy/probe-policy.service.js';
import { ToolError } from '../../tools/tool-error.js';

/** Stands between a resolved address and the first packet to it: every tool that contacts something asks here. */
@Injectable()
export class ProbeGate {
  constructor(private readonly policy: ProbePolicy) {}

  /**
   * Resolves when the probe may go, having sent nothing.
   *
   * @throws ToolError `policy_denied` with the name of the rule.
   */
  async admit(probe: Probe): Promise<void> {
    const { isAllowed, rule, isForAllTargets } = await this.policy.authorize(probe);
    if (isAllowed) return;
    const { tool, address, port } = probe;
    const data = { rule, address, ...(port !== undefined && { port }) };
    throw isForAllTargets
      ? new ToolError(
          'policy_denied',
          `The probe policy forbids ${tool} to this caller, whatever the target (rule "${rule}").`,
          'Do without this tool, or let the operator allow it by a rule of the probe policy.',
          data,
        )
      : new ToolError(
          'policy_denied',
          `The probe policy forbids ${tool} to contact ${address}${port === undefined ? '' : ` port ${port}`} (rule "${rule}").`,
          'Ask for another target, or let the operator allow it by a rule of the probe policy.',
          data,
        );
  }
}
