import type { CompleteResult, GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/client';
import type { CallContext } from '../../core/call-context.js';
import type { ToolResult } from '../../tools/tool-definition.js';
import type { Arguments, CompletionParams } from '../upstream.port.js';

/** How the federation reaches an upstream: by its own names, through its guard. What fails is a ToolError. */
export interface UpstreamCalls {
  callTool(tool: CalledTool, args: Arguments, context: CallContext): Promise<ToolResult>;
  /** A result of the tool has broken the schema that the upstream has given for it. */
  brokeSchema(tool: CalledTool, args: Arguments, context: CallContext): void;
  readResource(uri: string, context: CallContext): Promise<ReadResourceResult>;
  getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    context: CallContext,
  ): Promise<GetPromptResult>;
  complete(params: CompletionParams, context: CallContext): Promise<CompleteResult>;
}

export interface CalledTool {
  /** The upstream's own name. */
  readonly name: string;
  /** Whether calling it twice does the same as calling it once. */
  readonly isRepeatable: boolean;
  /** Milliseconds for which its results are kept; `undefined`: they are not. */
  readonly cacheMs: number | undefined;
}
