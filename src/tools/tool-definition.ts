import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/server';
import type { CallContext } from '../core/call-context.js';

/** A JSON Schema (2020-12) whose root describes an object. */
export type ObjectSchema = Readonly<Record<string, unknown>> & { readonly type: 'object' };

/**
 * How long a tool may take: `quick` tools end within the deadline of one request; `long` ones report progress on the
 * way, or become tasks.
 */
export type ToolDuration = 'quick' | 'long';

/** What a tool answers with: the `tools/call` result of MCP, without the envelope of a protocol revision. */
export type ToolResult = CallToolResult;

/** Runs a tool. `args` have passed the input schema, with its defaults filled in. */
export type ToolHandler = (
  args: Readonly<Record<string, unknown>>,
  context: CallContext,
) => Promise<ToolResult>;

/** A tool as any room registers it: native tools through the decorator, upstream tools directly. */
export interface ToolDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema?: ObjectSchema;
  readonly annotations?: ToolAnnotations;
  readonly duration: ToolDuration;
  readonly handler: ToolHandler;
}
