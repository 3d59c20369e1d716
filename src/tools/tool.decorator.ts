import { SetMetadata } from '@nestjs/common';
import type { Icon, ToolAnnotations } from '@modelcontextprotocol/server';
import type { z, ZodObject } from 'zod';
import type { CallContext } from '../core/call-context.js';
import type { InputRequests } from '../core/client.port.js';
import type { Scope } from '../core/principal.js';
import type { StatedProbe, TaskSupport, ToolDuration, ToolResult } from './tool-definition.js';

export const TOOL_METADATA = 'mcpo:tool';

/** What the author of a native tool states about it. Schemas are zod objects; JSON Schema is made from them. */
export interface ToolOptions<I extends ZodObject = ZodObject, O extends ZodObject = ZodObject> {
  /** Unique among all tools: letters, digits, `_`, `-`, `.`; at most 128 characters. */
  readonly name: string;
  readonly title: string;
  /** For the model that chooses among tools: what it does, what it answers, and when to use something else. */
  readonly description: string;
  readonly input: I;
  /** Left out by tools that answer with text or media only. */
  readonly output?: O;
  readonly annotations?: ToolAnnotations;
  readonly icons?: readonly Icon[];
  /** `quick` when left out. */
  readonly duration?: ToolDuration;
  /** `optional` for long tools and `forbidden` for quick ones when left out. */
  readonly task?: TaskSupport;
  /** What the client is asked before the tool runs; the answers are in `context.inputs`. */
  readonly inputs?: InputRequests;
  /** A scope that the caller needs beside the right to call the tool. */
  readonly scope?: Scope;
  /**
   * A scope that the caller needs for these arguments. The tool refuses whoever lacks it and cannot ask for one.
   *
   * @throws ToolError for arguments that it refuses whoever asks.
   */
  scopeFor?(args: z.output<I>): Scope | undefined;
  /**
   * What a call would contact, for policy_explain: the same that it asks the probe gate about.
   *
   * @throws ToolError for arguments that fit the schema, and that the call refuses before it contacts anything.
   */
  probes?(args: z.output<I>): readonly StatedProbe[];
  /** Milliseconds; TOOL_TIMEOUT_MS when left out. */
  readonly timeoutMs?: number;
}

/** What a native tool answers: text for people, and the same facts as data that fit the output schema. */
export interface ToolOutput<T = object> {
  readonly text: string;
  readonly structured: T;
}

/**
 * The shape of a decorated method: arguments as the input schema makes them, an answer that fits the output schema. A
 * tool that answers with media gives a whole result of MCP instead.
 */
export type ToolMethod<I extends ZodObject, O extends ZodObject> = (
  args: z.output<I>,
  context: CallContext,
) => Promise<ToolOutput<z.input<O>> | ToolResult>;

/**
 * Makes a method of a provider a tool. ToolsModule finds it when the application starts.
 *
 * A failure that the caller can understand is thrown as a `ToolError`; anything else that is thrown reaches the caller
 * as an opaque error with the correlation id.
 */
export const Tool =
  <I extends ZodObject, O extends ZodObject>(options: ToolOptions<I, O>) =>
  <M extends ToolMethod<I, O>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    SetMetadata(TOOL_METADATA, options)(target, key, descriptor as PropertyDescriptor);
  };
