import type { Request } from 'express';
import { principalOf } from '../access/request-principal.js';
import { AppError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';

/** Who is calling; the guard lets nobody through without a key. */
export function callerOf(request: Request): Principal {
  const principal = principalOf(request);
  if (principal === undefined) throw new AppError('unauthorized');
  return principal;
}

/** The answer for a tool that does not exist, and for one that the caller may not know of. */
export const noSuchTool = (): AppError =>
  new AppError('tool_not_found', { detail: 'There is no tool of this name for this key' });
