import type { CallToolResult, ContentBlock, Icon, ToolAnnotations } from '@modelcontextprotocol/server';
import type { CallContext } from '../core/call-context.js';
import type { InputRequests } from '../core/client.port.js';
import type { Scope } from '../core/principal.js';
import type { Probe } from '../policy/probe-policy.service.js';

/** A JSON Schema (2020-12) whose root describes an object. */
export type ObjectSchema = Readonly<Record<string, unknown>> & { readonly type: 'object' };

/**
 * How long a tool may take: `quick` tools end within the deadline of one request; `long` ones report progress on the
 * way, or become tasks.
 */
export type ToolDuration = 'quick' | 'long';

/**
 * Whether a call becomes a task (extension io.modelcontextprotocol/tasks) for a client that can follow one: `optional`
 * for every long tool; `required` refuses clients that cannot.
 */
export type TaskSupport = 'forbidden' | 'optional' | 'required';

/** What a tool answers with: the `tools/call` result of MCP, without the envelope of a protocol revision. */
export type ToolResult = CallToolResult;
export type { ContentBlock };

/** Stands where a tool asks the name servers of this machine, which the caller has not named. */
export const RESOLVERS = 'resolv.conf';

/** Something that a call of a tool would contact, as its arguments say. Nothing has been looked up for it. */
export interface StatedProbe extends Pick<Probe, 'host' | 'port' | 'transport'> {
  /** Addresses of this family alone count, where the arguments want it. */
  readonly family?: 'ipv4' | 'ipv6' | 'any';
  /** `host` is RESOLVERS: the name servers that this machine is set to when the call runs. */
  readonly isResolver?: boolean;
}

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
  readonly icons?: readonly Icon[];
  readonly inputSchema: ObjectSchema;
  /** What arguments are held against, where it is not the schema that is listed. */
  readonly checkedInputSchema?: ObjectSchema;
  /** Whether an optional argument that is null counts as left out when it is checked; it is passed on as it came. */
  readonly takesOptionalNulls?: boolean;
  readonly outputSchema?: ObjectSchema;
  readonly annotations?: ToolAnnotations;
  /** `_meta`, as it is listed. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Members that mean nothing to us, as they are listed. */
  readonly further?: Readonly<Record<string, unknown>>;
  readonly duration: ToolDuration;
  readonly task: TaskSupport;
  /** What the client is asked before the tool runs, or before the task begins. */
  readonly inputs?: InputRequests;
  /** A scope that the caller needs beside the right to call the tool. */
  readonly scope?: Scope;
  /**
   * A scope that the caller needs for these arguments. The tool refuses whoever lacks it and cannot ask for one.
   *
   * @throws ToolError for arguments that it refuses whoever asks.
   */
  readonly scopeFor?: (args: Readonly<Record<string, unknown>>) => Scope | undefined;
  /** What a call would contact, in the order in which it would; left out by a tool that contacts nothing. */
  readonly probes?: (args: Readonly<Record<string, unknown>>) => readonly StatedProbe[];
  /** Milliseconds; TOOL_TIMEOUT_MS when left out. */
  readonly timeoutMs?: number;
  /** The name of the upstream whose tool it is: it answers for its output schema. We answer for that of the others. */
  readonly upstream?: string;
  /** Whether a result that breaks `outputSchema` is an error (when left out), a line in the log, or nothing. */
  readonly outputCheck?: 'enforce' | 'warn' | 'off';
  readonly handler: ToolHandler;
  /** Told when a result breaks `outputSchema`; the caller has an error instead. */
  readonly onBrokenOutput?: (args: Record<string, unknown>, context: CallContext) => void;
}
