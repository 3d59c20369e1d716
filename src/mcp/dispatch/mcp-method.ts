import type { CallContext } from '../../core/call-context.js';
import type { Protocol } from '../protocol/classify.js';
import type { Exchange } from '../client/exchange.port.js';
import type { Params, RequestId } from '../protocol/message.js';
import type { Era } from '../protocol/revisions.js';
import type { Session } from '../sessions/session.store.port.js';

/** JSON that has been serialised before, to be sent as it is. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** The `result` member of a response. In the stateless era `resultType` is `complete` unless the method says so. */
export type MethodResult = Readonly<Record<string, unknown>> | RawJson | SessionBegun;

/** The result of a handshake that has begun a session: the transport gives its id to the client. */
export class SessionBegun {
  constructor(
    readonly result: Readonly<Record<string, unknown>>,
    readonly session: Session,
  ) {}
}

/** One request on its way: made once, from the message and the exchange that brought it, and handed down as it is. */
export interface McpCall {
  readonly id: RequestId;
  readonly protocol: Protocol;
  readonly context: CallContext;
  readonly exchange: Exchange;
  /** The legacy session that the request belongs to, if it named one. */
  readonly session: Session | undefined;
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
