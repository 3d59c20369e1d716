import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { attachRequestContext, RequestContext, requestContexts } from '../observability/request-context.js';

export const CORRELATION_HEADER = 'x-correlation-id';

// Sane: printable, short, and nothing that a log viewer or a shell could take for its own.
const SANE = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Opens the context of a request. A sane `x-correlation-id` is taken over, otherwise one is minted; it is always
 * returned, and every log line that is written on behalf of the request carries it.
 *
 * @param headers of every response, as a flat list of names and values
 */
export function correlationMiddleware(trustsProxy: boolean, headers: readonly string[]) {
  const standing = [CORRELATION_HEADER, '', ...headers];
  return (request: Request, _response: Response, next: () => void): void => {
    const offered = request.headers[CORRELATION_HEADER];
    const correlationId = typeof offered === 'string' && SANE.test(offered) ? offered : randomUUID();
    const responseHeaders = standing.slice();
    responseHeaders[1] = correlationId;
    const context = new RequestContext(correlationId, request, trustsProxy, responseHeaders);
    attachRequestContext(request, context);
    requestContexts.run(context, next);
  };
}
