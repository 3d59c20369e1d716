import type { Request } from 'express';
import type { RateLimiter } from '../../access/limits/rate-limiter.service.js';
import type { CallHeaders } from '../../core/call-context.js';
import type { Principal } from '../../core/principal.js';
import { type RequestContext, requestContext } from '../../observability/request-context.js';
import type { Protocol } from '../protocol/classify.js';
import type { Inbound } from '../dispatch/mcp.service.js';
import type { SessionEndpoint } from './session.endpoint.js';
import type { Session } from '../sessions/session.store.port.js';
import type { HttpExchange } from './http.exchange.js';
import {
  type McpHeaders,
  type ParamHeaders,
  readMcpHeaders,
  readParamHeaders,
} from '../protocol/request-headers.js';

/** A method name in the log is a client's text: long ones are cut. */
const MAX_LOGGED_METHOD = 64;

/** What a POST brings besides its body. */
export class HttpInbound implements Inbound {
  readonly trace: RequestContext;
  readonly headers: McpHeaders;

  constructor(
    private readonly request: Request,
    readonly principal: Principal,
    readonly exchange: HttpExchange,
    private readonly sessions: SessionEndpoint,
    private readonly limiter: RateLimiter,
  ) {
    this.trace = requestContext(request);
    this.headers = readMcpHeaders(request.headers);
  }

  get correlationId(): string {
    return this.trace.correlationId;
  }

  get requestHeaders(): CallHeaders {
    return this.request.headers;
  }

  paramHeaders(): ParamHeaders {
    return readParamHeaders(this.request.headers);
  }

  session(): Promise<Session> | undefined {
    return this.sessions.of(this.request, this.principal);
  }

  setHeader(name: string, value: string): void {
    this.trace.responseHeaders.push(name, value);
  }

  onMethod(method: string, protocol?: Protocol): void {
    this.trace.rpcMethod = method.slice(0, MAX_LOGGED_METHOD);
    if (protocol !== undefined) this.trace.fields.protocolVersion = protocol.revision;
  }

  async countMessages(further: number): Promise<void> {
    await this.limiter.consume(this.request, further);
  }
}
