import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RateLimiter } from '../../access/limits/rate-limiter.service.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { answer } from '../../http/response.writer.js';
import { SessionChanges } from '../streams/session-changes.service.js';
import { HttpExchange } from './http.exchange.js';
import { Sessions } from '../sessions/sessions.service.js';

/** What a session may do beside POST (2025-11-25, basic/transports): listen with GET, end with DELETE. */
@Injectable()
export class SessionEndpoint {
  constructor(
    private readonly sessions: Sessions,
    private readonly changes: SessionChanges,
    private readonly limiter: RateLimiter,
  ) {}

  /** Changes of lists and of the resources that the session subscribes to, until either side closes. */
  async stream(request: Request, response: Response, principal: Principal): Promise<void> {
    const exchange = new HttpExchange(request, response, principal, this.limiter);
    const session = await this.sessions.namedBy(exchange);
    if (session === undefined || !exchange.canStream) {
      throw new AppError('method_not_allowed', {
        detail: 'GET opens a stream within a session: it needs Mcp-Session-Id and Accept: text/event-stream',
        headers: { Allow: 'POST' },
      });
    }
    await this.changes.follow(session.id, exchange, () => exchange.open());
    exchange.finish({ status: 200, body: '' });
  }

  async end(request: Request, response: Response, principal: Principal): Promise<void> {
    const session = await this.sessions.namedBy(new HttpExchange(request, response, principal, this.limiter));
    if (session === undefined) {
      throw new AppError('method_not_allowed', {
        detail: 'DELETE ends a session: it needs Mcp-Session-Id',
        headers: { Allow: 'POST' },
      });
    }
    await this.sessions.end(session);
    await this.changes.end(session.id);
    answer(response, 204, [], '');
  }
}
