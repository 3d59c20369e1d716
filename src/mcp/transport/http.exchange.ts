import type { Request, Response } from 'express';
import type { RateLimiter } from '../../access/limits/rate-limiter.service.js';
import { isStillRecognised } from '../../access/request-principal.js';
import type { CallHeaders } from '../../core/call-context.js';
import type { JsonObject } from '../../core/client.port.js';
import type { Principal } from '../../core/principal.js';
import { EventStream } from '../../http/event-stream.js';
import { answer } from '../../http/response.writer.js';
import { type RequestContext, requestContext } from '../../observability/request-context.js';
import type { Exchange } from '../client/exchange.port.js';
import type { Reply } from '../dispatch/dispatcher.service.js';
import { type McpHeaders, readMcpHeaders } from '../protocol/request-headers.js';
import { SESSION_FIELD, SESSION_HEADER } from '../protocol/session-header.js';

/** One request: a plain JSON answer, or a stream of events as soon as something precedes the answer. */
export class HttpExchange implements Exchange {
  readonly trace: RequestContext;
  readonly headers: McpHeaders;
  readonly canStream: boolean;
  private stream: EventStream | undefined;

  constructor(
    private readonly request: Request,
    private readonly response: Response,
    readonly principal: Principal,
    private readonly limiter: RateLimiter,
    readonly bodyLength = 0,
  ) {
    const { headers } = request;
    this.trace = requestContext(request);
    this.headers = readMcpHeaders(headers);
    this.canStream = (headers.accept ?? '').includes('text/event-stream');
  }

  get requestHeaders(): CallHeaders {
    return this.request.headers;
  }

  get sessionId(): string | undefined {
    const id = this.request.headers[SESSION_FIELD];
    return typeof id === 'string' ? id : undefined;
  }

  get connection(): object {
    return this.response;
  }

  get isAuthorised(): boolean {
    return isStillRecognised(this.request);
  }

  countMessages(further: number): Promise<void> | undefined {
    return this.limiter.consume(this.request, further);
  }

  send(message: JsonObject): void {
    if (this.canStream) this.open().send('message', JSON.stringify(message));
  }

  keepAlive(): void {
    this.stream?.keepAlive();
  }

  get unreadBytes(): number {
    return this.response.writableLength;
  }

  breakOff(): void {
    this.response.destroy();
  }

  onGone(listener: () => void): void {
    if (this.response.destroyed) listener();
    else this.response.once('close', listener);
  }

  /** Turns the response into a stream before there is anything to send. */
  open(): EventStream {
    if (this.stream === undefined) {
      this.stream = new EventStream(this.response);
      this.stream.begin();
    }
    return this.stream;
  }

  /** Sends the answer and ends the response. */
  finish({ status, body, headers, session, errorCode }: Reply): void {
    if (errorCode !== undefined) this.trace.fields.errorCode = errorCode;
    if (this.stream !== undefined) {
      if (body === '') this.stream.end();
      else this.stream.end('message', body);
      return;
    }
    const head = body === '' ? [] : ['Content-Type', 'application/json'];
    if (headers !== undefined) head.push(...Object.entries(headers).flat());
    if (session !== undefined) head.push(SESSION_HEADER, session.id);
    answer(this.response, status, head, body);
  }
}
