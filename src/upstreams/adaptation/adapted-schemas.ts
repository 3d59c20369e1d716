import type { Tool } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import type { ObjectSchema, ToolDefinition } from '../../tools/tool-definition.js';
import { flatSchema } from './flat-schema.js';
import { refuseCircles } from './circles.js';
import { repairedSchema, type Schema } from './repaired-schema.js';

export type ToolSchemas = Pick<ToolDefinition, 'inputSchema' | 'checkedInputSchema' | 'outputSchema'>;

/** The schemas of a tool of an upstream as they are listed and checked, and in words how they differ from its own. */
export interface AdaptedSchemas {
  readonly schemas: ToolSchemas;
  readonly changes: readonly string[];
}

/**
 * @param listing `adapt`: the input schema is listed as model APIs take it; `as-is`: as the upstream wrote it, where it
 * is the schema of an object
 * @throws Error for an input schema that no arguments can ever be held against
 */
export function adaptedSchemas(tool: Tool, listing: 'adapt' | 'as-is'): AdaptedSchemas {
  const input = repairedSchema(tool.inputSchema);
  refuseCircles(input.schema);
  const checked = objectSchema(input.schema);
  const flat = listing === 'adapt' ? flatSchema(checked) : undefined;
  const own = tool.inputSchema as unknown;
  const asIs = listing === 'as-is' && isObject(own) && own['type'] === 'object' ? own : undefined;
  const listed = (flat ?? asIs ?? checked) as ObjectSchema;
  const output = tool.outputSchema === undefined ? undefined : repairedSchema(tool.outputSchema);
  return {
    schemas: {
      inputSchema: listed,
      ...(listed !== checked && { checkedInputSchema: checked }),
      ...(output !== undefined && { outputSchema: output.schema as ObjectSchema }),
    },
    changes: [
      ...input.changes.map((change) => `inputSchema: ${change}`),
      ...(checked === input.schema ? [] : ['inputSchema: Without a type it is that of an object']),
      ...(flat === undefined ? [] : ['inputSchema: What it combines at its root is listed as one object']),
      ...(output?.changes ?? []).map((change) => `outputSchema: ${change}`),
    ],
  };
}

/** Arguments are an object (MCP 2026-07-28, server/tools), whether the schema says so or not. */
function objectSchema(schema: unknown): ObjectSchema {
  const { type } = schema as Schema;
  if (type === 'object') return schema as ObjectSchema;
  const takesObjects = type === undefined || [type].flat().includes('object');
  return takesObjects ? { ...(schema as Schema), type: 'object' } : (schema as ObjectSchema);
}
