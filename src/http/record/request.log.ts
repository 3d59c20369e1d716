import type { Request } from 'express';
import { Inject, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { isoNow } from '../../core/iso-now.js';
import { cut } from '../../core/quote.js';
import { routesOf } from '../known-routes.js';
import { LogStream } from '../../observability/log/log-stream.port.js';
import type { RequestContext } from '../../observability/request-context.js';

const MAX_PATH = 256;
/** A part of the path of a route that the client fills in. */
const PARAMETER = /:(\w+)/g;

/**
 * One line per request: the seven fields of the guide, then what the rooms have added. The line goes to where pino
 * writes, made in one piece: pino, which takes a line apart to serialise it field by field, needs more than twice the
 * time.
 */
@Injectable()
export class RequestLog {
  constructor(
    private readonly logger: PinoLogger,
    @Inject(LogStream) private readonly stream: LogStream,
  ) {}

  /** @param method see {@link methodOf} */
  record(context: RequestContext, method: string, status: number, elapsedMs: number): void {
    const level = levelOf(status);
    if (!this.logger.logger.isLevelEnabled(level)) return;
    const line = JSON.stringify({
      timestamp: isoNow(),
      level: level.toUpperCase(),
      message: 'Request completed',
      correlationId: context.correlationId,
      method,
      duration: `${Math.round(elapsedMs)}ms`,
      status,
      clientIp: context.clientIp,
      ...context.fields,
    });
    this.stream.write(`${line}\n`);
  }
}

/** What a request is called: the method of the message, or else verb and path. */
export const methodOf = (request: Request, context: RequestContext): string =>
  context.rpcMethod ?? `${request.method} ${pathOf(request)}`;

/** Our own fault is an error; what was refused deserves a look. */
function levelOf(status: number): 'error' | 'warn' | 'info' {
  if (status >= 500) return 'error';
  return status === 401 || status === 403 || status === 429 ? 'warn' : 'info';
}

/**
 * The path of a route that we have, without its query, and with the names of its parameters. Their values are a
 * client's text, as any other path is, and may hold what a log is the last place for: somebody will put a key there by
 * mistake.
 */
function pathOf(request: Request): string {
  // Without the host of a request target in absolute form, and without a fragment: those would be a client's text too.
  const { path } = request;
  const route = (request.route as { readonly path: string } | undefined)?.path;
  if (route?.includes(':')) return route.replaceAll(PARAMETER, '{$1}');
  const isOurs = route !== undefined || routesOf(request.app).has(path);
  return isOurs ? cut(path, MAX_PATH) : '(no such path)';
}
