import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ExternalContextCreator, HttpAdapterHost } from '@nestjs/core';
import type { Application, Request, RequestHandler, Response } from 'express';
import { RateLimiter } from '../../access/limits/rate-limiter.service.js';
import { principalOf } from '../../access/request-principal.js';
import { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { McpService } from '../dispatch/mcp.service.js';
import { SessionEndpoint } from './session.endpoint.js';
import { readBody } from '../../http/body.reader.js';
import { HttpExchange } from './http.exchange.js';

type Handler = (...args: unknown[]) => unknown;

/**
 * `/mcp`: the Streamable HTTP transport, for every revision.
 *
 * Not a controller: Nest expects that the handler of one may answer with a stream or an observable, and gets ready for
 * that with every request, which takes a tenth of the time of a small call. Guards and interceptors are run by Nest all
 * the same; what goes wrong is left to Express, whose last layer is Nest's exception filter.
 */
@Injectable()
export class McpEndpoint implements OnModuleInit {
  private readonly bodyLimit: number;
  /** Absent until there are guards and interceptors to run. */
  private handler: RequestHandler | undefined;

  constructor(
    @Inject(Configuration) config: Configuration,
    private readonly mcp: McpService,
    private readonly limiter: RateLimiter,
    private readonly sessions: SessionEndpoint,
    host: HttpAdapterHost,
    private readonly contexts: ExternalContextCreator,
  ) {
    this.bodyLimit = config.http.bodyLimitBytes;
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
    // An application that is created as a mere context has no HTTP. Controllers get their routes later, so that nobody
    // walks past twenty of those to get here. One layer for all methods: an application's own `all` makes one for each.
    adapter
      ?.getInstance<Application>()
      .route('/mcp')
      .all((request, response, next) => this.handler?.(request, response, next));
  }

  onModuleInit(): void {
    const enhancers = { guards: true, interceptors: true, filters: false };
    const serve = ((request, response) => this.serve(request, response)) as RequestHandler as Handler;
    this.handler = this.contexts.create(
      this,
      serve,
      'serve',
      undefined,
      undefined,
      undefined,
      undefined,
      enhancers,
    );
  }

  /** POST carries every message; GET and DELETE belong to the sessions of the handshake era. */
  serve(request: Request, response: Response): Promise<void> {
    const principal = principalOf(request);
    // The guard lets nobody through without one.
    if (principal === undefined) throw new AppError('unauthorized');
    switch (request.method) {
      case 'POST':
        return this.post(request, response, principal);
      case 'GET':
        return this.sessions.stream(request, response, principal);
      case 'DELETE':
        return this.sessions.end(request, response, principal);
      default:
        throw new AppError('method_not_allowed', {
          detail: `${request.method} is not possible on /mcp`,
          headers: { Allow: 'POST, GET, DELETE' },
        });
    }
  }

  private async post(request: Request, response: Response, principal: Principal): Promise<void> {
    const body = readBody(request, this.bodyLimit);
    const text = typeof body === 'string' ? body : await body;
    const exchange = new HttpExchange(request, response, principal, this.limiter, text.length);
    exchange.finish(await this.mcp.handle(text, exchange));
  }
}
