import { hash } from 'node:crypto';
import type { Tool } from '@modelcontextprotocol/client';
import { canonicalJson } from '../../core/json/canonical-json.js';
import { globMatches } from '../../core/glob.js';
import type { ToolDefinition } from '../../tools/tool-definition.js';
import type { ToolSchemas } from '../adaptation/adapted-schemas.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import type { CalledTool, Upstream } from '../upstream.js';
import { furtherMembers } from './further-members.js';
import type { UriMapping } from './uri-mapping.js';

/** Whether the entry lets the tool through, by the upstream's own name. What is denied stays denied. */
export function isServed({ allow, deny }: UpstreamEntry, name: string): boolean {
  const matches = (glob: string): boolean => globMatches(glob, name);
  return !deny.some(matches) && (allow === undefined || allow.some(matches));
}

const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'name',
    'title',
    'description',
    'inputSchema',
    'outputSchema',
    'annotations',
    'icons',
    'execution',
    '_meta',
  ],
]);

/** The members of a tool that nobody here knows. */
export const furtherOf = (tool: Tool): Tool | undefined => furtherMembers(tool, KNOWN);

/**
 * Recognises a definition: everything of it that a model reads, or that decides what a call does. The order of members
 * has no meaning.
 */
export function digestOf(tool: Tool): string {
  const { name, title, description, inputSchema, outputSchema, annotations, _meta } = tool;
  const read = {
    ...furtherOf(tool),
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations,
    _meta,
  };
  return hash('sha256', canonicalJson(read), 'hex');
}

/** A tool of an upstream as our own registry takes it. */
export function toDefinition(
  tool: Tool,
  name: string,
  schemas: ToolSchemas,
  entry: UpstreamEntry,
  upstream: Upstream,
  uris: UriMapping,
): ToolDefinition {
  const { title, description, annotations, icons, execution, _meta } = tool;
  const further = furtherOf(tool);
  const called = calledTool(tool, entry);
  // What the upstream runs as a task takes longer than one request may.
  const isLong = execution?.taskSupport === 'optional' || execution?.taskSupport === 'required';
  return {
    name,
    ...(title !== undefined && { title }),
    description: description ?? title ?? name,
    ...(icons !== undefined && { icons }),
    ...schemas,
    // What a null means to an MCP server is its own to say; of an API its document says it.
    takesOptionalNulls: entry.kind !== 'openapi',
    ...(annotations !== undefined && { annotations }),
    ...(_meta !== undefined && { meta: uris.toolMeta(_meta) }),
    ...(further && { further }),
    ...(entry.timeoutMs !== undefined && { timeoutMs: entry.timeoutMs }),
    upstream: entry.name,
    outputCheck: entry.outputSchemas,
    duration: isLong ? 'long' : 'quick',
    task: isLong ? 'optional' : 'forbidden',
    handler: async (args, context) => {
      const result = await upstream.callTool(called, args, context);
      return { ...result, content: result.content.map((block) => uris.content(block)) };
    },
    onBrokenOutput: (args, context) => upstream.brokeSchema(called, args, context),
  };
}

function calledTool({ name, annotations }: Tool, { cache }: UpstreamEntry): CalledTool {
  const isCached = cache?.tools.some((glob) => globMatches(glob, name)) === true;
  return {
    name,
    isRepeatable: annotations?.readOnlyHint === true || annotations?.idempotentHint === true,
    cacheMs: isCached ? cache?.ttlMs : undefined,
  };
}
