import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { IS_PUBLIC, KNOWS_KEYS } from '../core/public.decorator.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

const reflector = new Reflector();

/** Tells public routes from guarded ones. */
export const isPublic = marked(IS_PUBLIC);

/** Whether a public route shows more to those it knows. */
export const knowsKeys = marked(KNOWS_KEYS);

/** Metadata does not change, so each handler is looked up once. */
function marked(mark: string): (context: ExecutionContext) => boolean {
  const known = new WeakMap<Handler, boolean>();
  return (context) => {
    const handler = context.getHandler();
    let answer = known.get(handler);
    if (answer === undefined) {
      const places = [handler, context.getClass()];
      answer = reflector.getAllAndOverride<boolean | undefined>(mark, places) === true;
      known.set(handler, answer);
    }
    return answer;
  };
}
