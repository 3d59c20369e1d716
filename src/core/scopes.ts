import { GLOB, globMatches } from './glob.js';
import type { Scope } from './principal.js';

const ALL_TOOLS = 'tools:call';
const SOME_TOOLS = 'tools:call:';
const WHOLE: ReadonlySet<string> = new Set([
  ALL_TOOLS,
  'chat',
  'admin',
  'network:host',
  'network:http-write',
]);

/** Whether a text is a scope of this server. */
export const isScope = (text: string): text is Scope =>
  WHOLE.has(text) || (text.startsWith(SOME_TOOLS) && GLOB.test(text.slice(SOME_TOOLS.length)));

/** The scope that opens one tool, and no other. */
export const toolScope = (tool: string): Scope => `${SOME_TOOLS}${tool}`;

/** The glob of the tools that a scope opens; `undefined` for one that opens none. */
export function toolGlobOf(held: Scope): string | undefined {
  if (held === ALL_TOOLS) return '*';
  return held.startsWith(SOME_TOOLS) ? held.slice(SOME_TOOLS.length) : undefined;
}

/** Whether the holder of a scope may call a tool. */
export function coversTool(held: Scope, tool: string): boolean {
  const glob = toolGlobOf(held);
  return glob !== undefined && globMatches(glob, tool);
}

/** Whether whoever holds `held` needs no `wanted` (MCP 2026-07-28, basic/authorization: scope hierarchies). */
export const coversScope = (held: Scope, wanted: Scope): boolean =>
  held === wanted || (wanted.startsWith(SOME_TOOLS) && coversTool(held, wanted.slice(SOME_TOOLS.length)));
