import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RateLimiter } from '../access/rate-limiter.service.js';
import { principalOf } from '../access/request-principal.js';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import { requestContext } from '../observability/request-context.js';
import type { Reply } from './dispatcher.service.js';
import { readBody } from './http-body.js';
import { McpService } from './mcp.service.js';
import { readMcpHeaders } from './request-headers.js';

/** A method name in the log is a client's text: long ones are cut. */
const MAX_LOGGED_METHOD = 64;

/** `/mcp`: the Streamable HTTP transport, for every revision. */
@Controller('mcp')
export class McpController {
  private readonly bodyLimit: number;

  constructor(
    @Inject(Configuration) config: Configuration,
    private readonly mcp: McpService,
    private readonly limiter: RateLimiter,
  ) {
    this.bodyLimit = config.http.bodyLimitBytes;
  }

  /** Streams over GET, and sessions that DELETE could end, are not offered. */
  @All()
  async serve(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (request.method !== 'POST') {
      throw new AppError('method_not_allowed', {
        detail: `${request.method} is not possible on /mcp`,
        headers: { Allow: 'POST' },
      });
    }
    const principal = principalOf(request);
    // The guard lets nobody through without one.
    if (principal === undefined) throw new AppError('unauthorized');
    const trace = requestContext(request);
    const text = await readBody(request, this.bodyLimit);
    const cancellation = new AbortController();
    const reply = await this.mcp.handle(text, {
      headers: readMcpHeaders(request.headers),
      context: {
        principal,
        correlationId: trace.correlationId,
        signal: cancellation.signal,
        reportProgress: () => undefined,
      },
      onMethod: (method, protocol) => {
        trace.rpcMethod = method.slice(0, MAX_LOGGED_METHOD);
        if (protocol !== undefined) {
          trace.fields.protocolVersion = protocol.revision;
          // Closing the stream cancels in the stateless era; earlier a disconnect does not.
          if (protocol.era === 'modern') response.once('close', () => cancellation.abort());
        }
      },
      countMessage: () => this.limiter.consume(request, response),
    });
    if (reply.errorCode !== undefined) trace.fields.errorCode = reply.errorCode;
    send(response, reply);
  }
}

function send(response: Response, { status, body, headers }: Reply): void {
  if (response.destroyed) return;
  if (body === '') {
    response.writeHead(status, { 'Content-Length': 0, ...headers });
    response.end();
    return;
  }
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
