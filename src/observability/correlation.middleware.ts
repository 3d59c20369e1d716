import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { attachRequestContext, RequestContext, requestContexts } from './request-context.js';

export const CORRELATION_HEADER = 'x-correlation-id';

// Sane: printable, short, and nothing that a log viewer or a shell could take for its own.
const SANE = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Opens the context of a request. A sane `x-correlation-id` is taken over, otherwise one is minted; it is always
 * returned, and every log line that is written on behalf of the request carries it.
 */
export function correlationMiddleware(trustsProxy: boolean) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const offered = request.headers[CORRELATION_HEADER];
    const correlationId = typeof offered === 'string' && SANE.test(offered) ? offered : randomUUID();
    const context = new RequestContext(correlationId, request, trustsProxy);
    context.responseHeaders.push(CORRELATION_HEADER, correlationId);
    attachRequestContext(request, context);
    requestContexts.run(context, next);
  };
}
