import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { requestContext } from '../observability/request-context.js';

type Answer = ServerResponse & { readonly req: IncomingMessage };

/**
 * Answers with a body in one piece: the headers of the request's context and the given ones (a flat list of names and
 * values) go out together with it. For responses on which nobody has called `setHeader`.
 */
export function answer(
  response: ServerResponse,
  status: number,
  headers: readonly string[],
  body: string,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // RFC 9110, 8.6: these have no body, and must not seem to have an empty one.
  if (status === 204 || status === 304) {
    writeWholeHead(response, status, headers);
    response.end();
    return;
  }
  const bytes = Buffer.byteLength(body);
  writeWholeHead(response, status, headers, 'Content-Length', String(bytes));
  // As Latin-1, ASCII goes out with the head as it is; as UTF-8 the whole would be encoded first.
  response.end(body, bytes === body.length ? 'latin1' : 'utf8');
}

/** Puts another value in the place of a header that every response has. */
export function replaceHeader(request: IncomingMessage, name: string, value: string): void {
  const { responseHeaders } = requestContext(request);
  const at = responseHeaders.indexOf(name);
  if (at === -1) responseHeaders.push(name, value);
  else responseHeaders[at + 1] = value;
}

/** Begins a stream of events (the HTML standard, "Server-sent events") that no proxy is to hold back. */
export function beginEventStream(response: ServerResponse): void {
  writeWholeHead(response, 200, [
    'Content-Type',
    'text/event-stream',
    'Cache-Control',
    'no-transform',
    'X-Accel-Buffering',
    'no',
  ]);
  response.flushHeaders();
}

// Past the prototype of the application, which would set the headers of the context one by one.
function writeWholeHead(
  response: ServerResponse,
  status: number,
  headers: readonly string[],
  ...more: string[]
): void {
  const { responseHeaders } = requestContext((response as Answer).req);
  responseHeaders.push(...headers, ...more);
  ServerResponse.prototype.writeHead.call(response, status, responseHeaders);
}

/**
 * Makes every other response of the application (what Nest and Express send) carry the headers of its context too.
 *
 * @param prototype the object from which the responses of an Express application inherit: `app.response`
 */
export function carryContextHeaders(prototype: ServerResponse): void {
  prototype.writeHead = function writeHead(
    this: Answer,
    status: number,
    ...rest: [OutgoingHttpHeaders?]
  ): ServerResponse {
    const { responseHeaders } = requestContext(this.req);
    for (let at = 0; at + 1 < responseHeaders.length; at += 2) {
      const name = responseHeaders[at]!;
      if (!this.hasHeader(name)) this.setHeader(name, responseHeaders[at + 1]!);
    }
    return ServerResponse.prototype.writeHead.call(this, status, ...rest);
  } as ServerResponse['writeHead'];
}
