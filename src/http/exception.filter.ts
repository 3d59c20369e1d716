import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import type { ErrorCode } from '../core/error-registry.js';
import { AppError, toJsonRpcError, toProblem } from '../core/errors.js';
import { allowedVerbs } from './known-routes.js';
import { requestContext } from '../observability/request-context.js';
import { RequestRecorder } from './record/request.recorder.js';
import { answer } from './response.writer.js';

/** Nest's own exceptions (an unknown route, a malformed URI) by HTTP status. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
};

/**
 * Answers every refused or failed request: as a JSON-RPC error on /mcp, as an RFC 9457 problem document elsewhere. It
 * also closes the request with its log line and its metrics, because what a guard refuses reaches no interceptor. And
 * it tells whoever asks with OPTIONS which methods a path has (RFC 9110, 9.3.7): no handler of ours does.
 */
@Catch()
export class AppExceptionFilter implements ExceptionFilter {
  constructor(
    private readonly recorder: RequestRecorder,
    private readonly logger: PinoLogger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const context = requestContext(request);
    const verbs = isUnrouted(thrown, request) ? allowedVerbs(request) : [];
    if (request.method === 'OPTIONS' && verbs.length > 0) {
      this.recorder.recordWhenClosed(request, response);
      answer(response, 204, ['Allow', verbs.join(', ')], '');
      return;
    }
    const error = verbs.length > 0 ? wrongVerb(request, verbs) : toAppError(thrown);
    if (error.code === 'internal_error') this.logger.error({ err: thrown }, 'Unhandled error');

    context.fields.errorCode = error.code;
    this.recorder.recordWhenClosed(request, response);
    const isMcp = request.path === '/mcp' || request.path === '/mcp/';
    const body = isMcp
      ? { jsonrpc: '2.0', error: toJsonRpcError(error) }
      : toProblem(error, context.correlationId);
    const headers = [
      'Content-Type',
      isMcp ? 'application/json' : 'application/problem+json',
      ...Object.entries(error.headers).flat(),
    ];
    answer(response, error.definition.status, headers, JSON.stringify(body));
  }
}

function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof HttpException) {
    const code = BY_STATUS[thrown.getStatus()];
    if (code !== undefined) return new AppError(code, { detail: detailOf(thrown, code), cause: thrown });
  }
  return new AppError('internal_error', { cause: thrown });
}

const isUnrouted = (thrown: unknown, request: Request): boolean =>
  thrown instanceof HttpException && thrown.getStatus() === 404 && request.route === undefined;

/** RFC 9110, 15.5.6: the path is there, and not for this method. */
function wrongVerb({ method }: Request, verbs: readonly string[]): AppError {
  return new AppError('method_not_allowed', {
    detail: `${method} is not possible on this path`,
    headers: { Allow: verbs.join(', ') },
  });
}

/** Nest repeats the whole URL in its message, and a URL may hold what must not be shown or logged. */
function detailOf(exception: HttpException, code: ErrorCode): string {
  return code === 'not_found' ? 'Nothing is served under this path' : exception.message;
}
