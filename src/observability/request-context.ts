import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import type { Principal } from '../core/principal.js';

/** Fields that rooms add to the log line of a request, after the seven of the guide. */
export interface RequestFields {
  principal?: string;
  tool?: string;
  protocolVersion?: string;
  errorCode?: string;
  /** The code with which a tool failed, whose answer has 200. */
  toolError?: string | undefined;
  [field: string]: unknown;
}

/** What is known of one HTTP request while it is served. */
export class RequestContext {
  readonly startedAt = performance.now();
  /** The JSON-RPC method on /mcp, once the body has been read. */
  rpcMethod: string | undefined;
  /** Who is calling, once that is known. */
  principal: Principal | undefined;
  readonly fields: RequestFields = {};
  isToBeRecorded = false;
  /** The status of an answer that was given past the handler, which then may set another on its response. */
  refusedWith: number | undefined;
  /**
   * One of a flood of guesses, of which the audit trail has the beginning; or what comes once more, and has its record
   * then.
   */
  isUnaudited = false;
  private address: string | undefined;

  /**
   * @param request absent for a message that came without HTTP.
   * @param trustsProxy whether a forwarding header may say where the request comes from.
   * @param responseHeaders of the response, as a flat list of names and values. They go out with its head in one piece:
   * ten calls of `setHeader` would cost half as much as everything else that is done for a small call.
   */
  constructor(
    readonly correlationId: string,
    private readonly request?: Request,
    private readonly trustsProxy = true,
    readonly responseHeaders: string[] = [],
  ) {}

  /** The address of the client, as far as TRUST_PROXY lets the forwarding headers say it. */
  get clientIp(): string | undefined {
    this.address ??= this.trustsProxy ? this.request?.ip : this.request?.socket.remoteAddress;
    return this.address;
  }

  /** Milliseconds since the request arrived. */
  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }
}

export const requestContexts = new AsyncLocalStorage<RequestContext>();

const CONTEXT = Symbol('mcpo:request-context');

type Contextual = IncomingMessage & { [CONTEXT]?: RequestContext };

/** The context of a request. The correlation middleware has made it; where it did not run, one is made now. */
export function requestContext(request: IncomingMessage): RequestContext {
  const contextual = request as Contextual;
  return (contextual[CONTEXT] ??= new RequestContext(randomUUID(), request as Request));
}

export function attachRequestContext(request: IncomingMessage, context: RequestContext): void {
  (request as Contextual)[CONTEXT] = context;
}
