import { Inject, Injectable } from '@nestjs/common';
import type { Principal, Scope } from '../core/principal.js';
import { coversScope, toolScope } from '../core/scopes.js';
import { type AuditEvent, AuditTrail } from '../audit/audit-trail.port.js';
import { requestContexts } from '../observability/request-context.js';
import { SharedRights, type ToolRights } from './tool-rights.js';

export type { ToolRights };

/**
 * What was decided, and the rule that decided it, for the audit trail. `unknown` is answered as if there were no such
 * tool; `insufficient_scope` names the scope that is missing.
 */
export type Decision =
  | { readonly isAllowed: true; readonly rule: string }
  | { readonly isAllowed: false; readonly reason: 'unknown'; readonly rule: string }
  | {
      readonly isAllowed: false;
      readonly reason: 'insufficient_scope';
      readonly rule: string;
      readonly scope: Scope;
    };

/** The one place that decides what a principal may do. */
@Injectable()
export class Authorization {
  /** Scopes that tools want of their callers beside the right to call them, by tool. */
  private readonly wanted = new Map<string, Scope>();
  private readonly rights = new SharedRights();

  constructor(@Inject(AuditTrail) private readonly audit: AuditTrail) {}

  /** Says that a tool wants a scope of its callers beside the right to call it; or none any more. */
  require(tool: string, scope: Scope | undefined): void {
    if (scope === undefined) this.wanted.delete(tool);
    else this.wanted.set(tool, scope);
  }

  /** What a principal may do with tools; the same object for all who may do the same with the same words. */
  rightsOf(principal: Principal): ToolRights {
    return this.rights.of(principal);
  }

  /** Whether a principal may use a tool, and the rule that says so. */
  decide(principal: Principal, tool: string): Decision {
    const rights = this.rights.of(principal);
    const denied = rights.denying(tool);
    if (denied !== undefined) return { isAllowed: false, reason: 'unknown', rule: `tools.deny ${denied}` };
    if (!rights.isAllowed(tool)) return { isAllowed: false, reason: 'unknown', rule: 'tools.allow' };
    const scope = rights.opening(tool);
    if (scope === undefined) return lacking(principal, toolScope(tool), 'scope');
    const wanted = this.wanted.get(tool);
    return wanted === undefined || this.holds(principal, wanted)
      ? { isAllowed: true, rule: `scope ${scope}` }
      : lacking(principal, wanted, `scope ${wanted}`);
  }

  /** Whether a principal has a scope, or one that covers it. */
  holds({ scopes }: Principal, wanted: Scope): boolean {
    return scopes.some((held) => coversScope(held, wanted));
  }

  /**
   * Decides for somebody who acts, and takes a refusal down in the audit trail. Listing a tool is no act.
   *
   * @param args what it was asked with, for the audit trail alone.
   * @param target what the principal asked for, where that is not the tool itself but stands behind it.
   */
  authorize(
    principal: Principal,
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    target = tool,
  ): Decision {
    const decision = this.decide(principal, tool);
    if (!decision.isAllowed) this.recordDenial(principal, target, decision.rule, args);
    return decision;
  }

  private recordDenial(
    { id, name }: Principal,
    target: string,
    rule: string,
    args: AuditEvent['arguments'],
  ): void {
    const request = requestContexts.getStore();
    this.audit.record({
      action: 'access.denied',
      outcome: 'denied',
      principal: { id, name },
      target,
      rule,
      correlationId: request?.correlationId,
      clientIp: request?.clientIp,
      arguments: args,
    });
  }

  mayCallTool(principal: Principal, tool: string): boolean {
    return this.decide(principal, tool).isAllowed;
  }

  mayChat(principal: Principal): boolean {
    return principal.scopes.includes('chat');
  }

  mayAdminister(principal: Principal | undefined): boolean {
    return principal?.scopes.includes('admin') === true;
  }
}

/** A key cannot ask for more than it has; the holder of a token can (MCP, basic/authorization, "Step-Up"). */
const lacking = ({ kind }: Principal, scope: Scope, rule: string): Decision =>
  kind === 'oauth'
    ? { isAllowed: false, reason: 'insufficient_scope', rule, scope }
    : { isAllowed: false, reason: 'unknown', rule };
