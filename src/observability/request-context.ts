import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Fields that rooms add to the log line of a request, after the seven of the guide. */
export interface RequestFields {
  principal?: string;
  tool?: string;
  protocolVersion?: string;
  errorCode?: string | number;
  [field: string]: unknown;
}

/** What is known of one HTTP request while it is served. */
export class RequestContext {
  readonly startedAt = performance.now();
  /** The JSON-RPC method on /mcp, once the body has been read. */
  rpcMethod: string | undefined;
  readonly fields: RequestFields = {};

  constructor(readonly correlationId: string) {}
}

export const requestContexts = new AsyncLocalStorage<RequestContext>();

const CONTEXT = Symbol('mcpo:request-context');

type Contextual = IncomingMessage & { [CONTEXT]?: RequestContext };

/** The context of a request. The correlation middleware has made it; where it did not run, one is made now. */
export function requestContext(request: IncomingMessage): RequestContext {
  const contextual = request as Contextual;
  return (contextual[CONTEXT] ??= new RequestContext(randomUUID()));
}

export function attachRequestContext(request: IncomingMessage, context: RequestContext): void {
  (request as Contextual)[CONTEXT] = context;
}
