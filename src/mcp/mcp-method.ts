import type { CallContext } from '../core/call-context.js';
import type { Protocol } from './classify.js';
import type { Params } from './message.js';
import type { Era } from './revisions.js';

/** JSON that has been serialised before, to be sent as it is. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** The `result` member of a response. */
export type MethodResult = Readonly<Record<string, unknown>> | RawJson;

/** Everything a method may know about the request that it answers. */
export interface McpCall {
  readonly protocol: Protocol;
  readonly context: CallContext;
}

/** One method of the protocol. Handlers answer requests; they hold no state of a client. */
export interface McpMethod {
  readonly name: string;
  /** The eras that have this method; in the other one it is unknown. */
  readonly eras: readonly Era[];
  /**
   * @throws AppError `invalid_params` for params that do not fit the method, and other refusals of the registry.
   */
  handle(params: Params, call: McpCall): Promise<MethodResult> | MethodResult;
}

/** All methods that the dispatcher serves. */
export const MCP_METHODS = Symbol('MCP_METHODS');

export const BOTH_ERAS: readonly Era[] = ['legacy', 'modern'];
