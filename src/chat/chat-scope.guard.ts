import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Authorization } from '../access/authorization.service.js';
import { OAuthRefusals } from '../access/oauth/oauth.refusals.js';
import { principalOf } from '../access/request-principal.js';
import { AppError } from '../core/errors.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { requestContext } from '../observability/request-context.js';

/** Lets in whoever has the scope `chat`. */
@Injectable()
export class ChatScopeGuard implements CanActivate {
  constructor(
    private readonly authorization: Authorization,
    private readonly refusals: OAuthRefusals,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<Request>();
    const principal = principalOf(request);
    if (principal === undefined) throw new AppError('unauthorized');
    if (this.authorization.mayChat(principal)) return true;
    const { correlationId, clientIp } = requestContext(request);
    this.audit.record({
      action: 'access.denied',
      outcome: 'denied',
      principal,
      target: '/chat',
      rule: 'scope chat',
      correlationId,
      clientIp,
    });
    // The holder of a token can ask for more; a key has what it has.
    if (principal.kind === 'oauth') throw this.refusals.lacks('chat', 'The chat');
    throw new AppError('forbidden', { detail: 'The key lacks the scope chat' });
  }
}
