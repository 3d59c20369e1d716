import type { Socket } from 'node:net';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import { requestContext } from '../observability/request-context.js';
import { ApiKeys } from './api-keys.service.js';
import { offeredCredential } from './credentials.js';
import { RateLimiter } from './rate-limiter.service.js';
import { setPrincipal } from './request-principal.js';
import { RouteAccess } from './route-access.js';

/** A good key of a connection, and the state of the keys under which it was good. */
interface KnownKey {
  readonly credential: string;
  readonly principal: Principal;
  readonly version: number;
}

/**
 * Lets nobody in without a key, except on public routes. There a key is optional; a good one shows its owner more, and a
 * bad one counts as none.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly connections = new WeakMap<Socket, KnownKey>();

  constructor(
    private readonly keys: ApiKeys,
    private readonly routes: RouteAccess,
    private readonly limiter: RateLimiter,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const credential = offeredCredential(request);
    const principal = credential === undefined ? undefined : this.principalOf(credential, request.socket);
    if (principal !== undefined) {
      setPrincipal(request, principal);
      requestContext(request).fields.principal = principal.id;
      return true;
    }
    if (this.routes.isPublic(context)) return true;
    return this.refuse(request, credential);
  }

  /** A kept-alive connection repeats the key that has been found good: it need not be hashed again. */
  private principalOf(credential: string, connection: Socket): Principal | undefined {
    const known = this.connections.get(connection);
    if (known !== undefined && known.credential === credential && known.version === this.keys.version) {
      return known.principal;
    }
    const principal = this.keys.principalOf(credential);
    if (principal !== undefined) {
      this.connections.set(connection, { credential, principal, version: this.keys.version });
    }
    return principal;
  }

  private async refuse(request: Request, credential: string | undefined): Promise<never> {
    await this.limiter.consumeFailedKey(request);
    throw new AppError('unauthorized', {
      detail: credential === undefined ? 'No API key was sent' : 'The API key is not valid',
      // RFC 9110, 11.6.1: a 401 names a scheme. ApiKey keeps OAuth clients from looking for an authorization server.
      headers: { 'WWW-Authenticate': 'ApiKey realm="mcpo", header="x-api-key"' },
    });
  }
}
