import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { requestContext } from '../observability/request-context.js';
import { Authenticator } from './authenticator.service.js';
import type { Recognised } from './credential-verifier.port.js';
import { setRecognised } from './request-principal.js';
import { isPublic, knowsKeys } from './route-access.js';

/**
 * Lets nobody in without a good credential, except on public routes. There one is optional; a good one shows its owner
 * more, and a bad one counts as none; where a good one would show more, it counts as the guess that it may be.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    // Not through switchToHttp(), which makes three functions each time.
    const request = context.getArgByIndex<Request>(0);
    const known = this.authenticator.remembered(request);
    if (known === undefined) return this.admit(request, context);
    enter(request, known);
    return true;
  }

  private async admit(request: Request, context: ExecutionContext): Promise<boolean> {
    const outcome = await this.authenticator.authenticate(request);
    if ('principal' in outcome) enter(request, outcome);
    else if (!isPublic(context)) await this.authenticator.refuse(request, outcome);
    else if (knowsKeys(context)) await this.authenticator.note(request, outcome);
    return true;
  }
}

function enter(request: Request, recognised: Recognised): void {
  setRecognised(request, recognised);
  const { principal } = recognised;
  const context = requestContext(request);
  context.principal = principal;
  context.fields.principal = principal.id;
}
