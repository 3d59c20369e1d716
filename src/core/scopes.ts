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

/** Whether the holder of a scope may call a tool. */
export const coversTool = (held: Scope, tool: string): boolean =>
  held === ALL_TOOLS || (held.startsWith(SOME_TOOLS) && globMatches(held.slice(SOME_TOOLS.length), tool));

/** Whether whoever holds `held` needs no `wanted` (MCP 2026-07-28, basic/authorization: scope hierarchies). */
export const coversScope = (held: Scope, wanted: Scope): boolean =>
  held === wanted || (wanted.startsWith(SOME_TOOLS) && coversTool(held, wanted.slice(SOME_TOOLS.length)));
