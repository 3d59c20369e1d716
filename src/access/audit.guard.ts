import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import { IS_PUBLIC } from '../core/public.decorator.js';
import { AuditLog } from '../audit/audit-log.service.js';

/** With AUDIT_REQUIRED=true nothing is done on guarded routes that cannot be taken down. */
@Injectable()
export class AuditGuard implements CanActivate {
  private readonly isRequired: boolean;

  constructor(
    @Inject(Configuration) { audit: { isRequired } }: Configuration,
    private readonly audit: AuditLog,
    private readonly reflector: Reflector,
  ) {
    this.isRequired = isRequired;
  }

  canActivate(context: ExecutionContext): boolean {
    if (!this.isRequired || !this.audit.isStuck || this.isPublic(context)) return true;
    throw new AppError('audit_unavailable', {
      headers: { 'Retry-After': '5' },
      data: { retryAfterMs: 5000 },
    });
  }

  private isPublic(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, places) === true;
  }
}
