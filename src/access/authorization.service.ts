import { Injectable } from '@nestjs/common';
import type { Principal, Scope } from '../core/principal.js';

/** The one place that decides what a principal may do. */
@Injectable()
export class Authorization {
  mayCallTool(principal: Principal, tool: string): boolean {
    return principal.scopes.some((scope) => scope === 'tools:call' || matchesTool(scope, tool));
  }

  mayAdminister(principal: Principal | undefined): boolean {
    return principal?.scopes.includes('admin') === true;
  }
}

const TOOL_SCOPE = 'tools:call:';

function matchesTool(scope: Scope, tool: string): boolean {
  return scope.startsWith(TOOL_SCOPE) && globMatches(scope.slice(TOOL_SCOPE.length), tool);
}

/** `*` stands for any run of characters; everything else for itself. Linear in the length of both. */
export function globMatches(glob: string, text: string): boolean {
  const parts = glob.split('*');
  const first = parts.shift() ?? '';
  const last = parts.pop();
  if (last === undefined) return glob === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
