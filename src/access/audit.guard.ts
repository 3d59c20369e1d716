import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { isPublic } from './route-access.js';

/** With AUDIT_REQUIRED=true nothing is done on guarded routes that cannot be taken down. */
@Injectable()
export class AuditGuard implements CanActivate {
  private readonly isRequired: boolean;

  constructor(
    @Inject(Configuration) { audit: { isRequired } }: Configuration,
    private readonly audit: AuditLog,
  ) {
    this.isRequired = isRequired;
  }

  canActivate(context: ExecutionContext): boolean {
    if (!this.isRequired || !this.audit.isStuck || isPublic(context)) return true;
    throw new AppError('audit_unavailable', {
      retryAfterMs: 5000,
    });
  }
}
