import type { Principal } from '../../core/principal.js';
import type { AuditEvent } from '../audit-trail.port.js';
import type { AuditedArguments } from './audited-arguments.js';

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
