import { Injectable } from '@nestjs/common';
import { Authorization } from '../access/authorization.service.js';
import { OAuthRefusals } from '../access/oauth/oauth.refusals.js';
import type { Principal } from '../core/principal.js';

/** A resource or a prompt that stands behind tools: whoever may call one of them may have it. */
export interface Hidden {
  readonly kind: 'resource' | 'prompt';
  /** As it is registered: a URI, a URI template or a name. */
  readonly target: string;
  readonly tools: readonly string[];
}

/** What happens when somebody asks for a resource or a prompt that he may not have, as it does for tools. */
@Injectable()
export class Visibility {
  constructor(
    private readonly authorization: Authorization,
    private readonly refusals: OAuthRefusals,
  ) {}

  /**
   * Takes the attempt down in the audit trail; the caller goes on to answer as for something unknown.
   *
   * @throws AppError `insufficient_scope` when a token lacks nothing but a scope.
   */
  refuse(principal: Principal, { kind, target, tools }: Hidden): void {
    const decisions = tools.map((tool) => ({ tool, decision: this.authorization.decide(principal, tool) }));
    const lacking = decisions.find(
      ({ decision }) => !decision.isAllowed && decision.reason === 'insufficient_scope',
    );
    const { tool } = lacking ?? decisions[0]!;
    const decision = this.authorization.authorize(principal, tool, undefined, target);
    if (decision.isAllowed || decision.reason === 'unknown') return;
    throw this.refusals.lacks(decision.scope, `This ${kind}`);
  }
}
