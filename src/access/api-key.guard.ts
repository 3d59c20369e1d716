import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../core/errors.js';
import { requestContext } from '../observability/request-context.js';
import { ApiKeys } from './api-keys.service.js';
import { offeredCredential } from './credentials.js';
import { setPrincipal } from './request-principal.js';
import { RouteAccess } from './route-access.js';

/**
 * Lets nobody in without a key, except on public routes. There a key is optional; a good one shows its owner more, and a
 * bad one counts as none.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly routes: RouteAccess,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const credential = offeredCredential(request);
    const principal = credential === undefined ? undefined : this.keys.principalOf(credential);
    if (principal !== undefined) {
      setPrincipal(request, principal);
      requestContext(request).fields.principal = principal.id;
      return true;
    }
    if (this.routes.isPublic(context)) return true;
    throw new AppError('unauthorized', {
      detail: credential === undefined ? 'No API key was sent' : 'The API key is not valid',
      // RFC 9110, 11.6.1: a 401 names a scheme. ApiKey keeps OAuth clients from looking for an authorization server.
      headers: { 'WWW-Authenticate': 'ApiKey realm="mcpo", header="x-api-key"' },
    });
  }
}
