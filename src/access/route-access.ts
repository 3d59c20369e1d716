import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { IS_PUBLIC } from '../core/public.decorator.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** Tells public routes from guarded ones. Metadata does not change, so each handler is looked up once. */
@Injectable()
export class RouteAccess {
  private readonly known = new WeakMap<Handler, boolean>();

  constructor(private readonly reflector: Reflector) {}

  isPublic(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let isPublic = this.known.get(handler);
    if (isPublic === undefined) {
      isPublic =
        this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, [handler, context.getClass()]) ===
        true;
      this.known.set(handler, isPublic);
    }
    return isPublic;
  }
}
