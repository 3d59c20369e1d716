import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { IS_PUBLIC } from '../core/public.decorator.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

const reflector = new Reflector();
/** Metadata does not change, so each handler is looked up once. */
const known = new WeakMap<Handler, boolean>();

/** Tells public routes from guarded ones. */
export function isPublic(context: ExecutionContext): boolean {
  const handler = context.getHandler();
  let answer = known.get(handler);
  if (answer === undefined) {
    const places = [handler, context.getClass()];
    answer = reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, places) === true;
    known.set(handler, answer);
  }
  return answer;
}
