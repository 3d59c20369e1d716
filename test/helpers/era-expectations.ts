import { withErrorForm } from '../../src/tools/schema/error-form.js';
import type { ObjectSchema } from '../../src/tools/tool-definition.js';
import { LEGACY_REVISIONS, type Json, MODERN_REVISION, SERVER_INFO_KEY } from './mcp-requests.js';

export const REVISIONS = [MODERN_REVISION, ...LEGACY_REVISIONS] as const;

export const FEATURES = [
  'tools',
  'resources',
  'prompts',
  'completion',
  'elicitation',
  'progress',
  'cancellation',
  'tasks',
  'apps',
] as const;
export type Feature = (typeof FEATURES)[number];

/** Why something is not carried: page and section of the specification. The letters are those of docs/upstreams.md. */
export const CLAUSES = {
  a: '2025-06-18, changelog, "Major changes" 6: elicitation is new, earlier revisions have no such request',
  b: '2025-11-25, changelog, "Major changes" 9: tasks are new, earlier revisions have none',
  c: '2025-11-25, basic/utilities/tasks, "Task Support and Handling" 1: who declares no tasks answers itself',
  d: 'SEP-2663, "Capability Negotiation": no task for a client that has not declared the extension, as we do not',
} as const;
export type Clause = keyof typeof CLAUSES;

/** The clauses by which a cell carries less than a direct call; none: it carries all of it. */
export function clausesOf(feature: Feature, client: string, upstream: string): readonly Clause[] {
  if (feature === 'elicitation') return client < '2025-06-18' || upstream < '2025-06-18' ? ['a'] : [];
  if (feature !== 'tasks') return [];
  if (upstream < '2025-11-25') return ['b'];
  if (client === MODERN_REVISION) return upstream === MODERN_REVISION ? ['d'] : [];
  return [client === '2025-11-25' ? 'c' : 'b'];
}

/**
 * What belongs to the leg, not to what is carried: the envelope of revision 2026-07-28 (basic/index, "Results";
 * server/utilities/caching), who the server is, and which task of the connection a result was.
 */
const ENVELOPE: readonly string[] = ['resultType', 'ttlMs', 'cacheScope'];
const ENVELOPE_META: readonly string[] = [SERVER_INFO_KEY, 'io.modelcontextprotocol/related-task'];

export function withoutEnvelope(result: Json): Json {
  const rest = without(result, ENVELOPE);
  if (rest['_meta'] === undefined) return rest;
  const meta = without(rest['_meta'] as Json, ENVELOPE_META);
  return Object.keys(meta).length === 0 ? without(rest, ['_meta']) : { ...rest, _meta: meta };
}

/**
 * A tool as a client of a revision is told of it. How a call is begun as a task belongs to the leg (2025-11-25,
 * basic/utilities/tasks, "Tool-Level Negotiation"); an output schema admits our own failures too, as clients check them
 * (server/tools, "Output Schema"); before 2026-07-28 it describes an object ("Structured Content").
 */
export function listedFor(client: string, tool: Json): Json {
  const { outputSchema, ...rest } = without(tool, ['execution']);
  if (outputSchema === undefined) return rest;
  if (client !== MODERN_REVISION && (outputSchema as Json)['type'] !== 'object') return rest;
  return { ...rest, outputSchema: withErrorForm(outputSchema as ObjectSchema) };
}

/** A result for a client of a revision: before 2026-07-28 data is an object (server/tools, "Structured Content"). */
export function answeredFor(client: string, result: Json): Json {
  const { structuredContent } = result;
  if (client === MODERN_REVISION || !Array.isArray(structuredContent)) return result;
  return { ...result, structuredContent: { result: structuredContent } };
}

const without = (members: Json, names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
