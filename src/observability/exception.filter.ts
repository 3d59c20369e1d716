import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import { AppError, type ErrorCode, toJsonRpcError, toProblem } from '../core/errors.js';
import { requestContext } from './request-context.js';
import { RequestRecorder } from './request.recorder.js';

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
 * also closes the request with its log line and its metrics, because what a guard refuses reaches no interceptor.
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
    const error = toAppError(thrown);
    if (error.code === 'internal_error') this.logger.error({ err: thrown }, 'Unhandled error');

    context.fields.errorCode = error.code;
    this.answer(error, request, response, context.correlationId);
    this.recorder.record(request, error.definition.status);
  }

  private answer(error: AppError, request: Request, response: Response, correlationId: string): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const isMcp = request.path === '/mcp' || request.path === '/mcp/';
    const body = isMcp ? { jsonrpc: '2.0', error: toJsonRpcError(error) } : toProblem(error, correlationId);
    const text = JSON.stringify(body);
    response.writeHead(error.definition.status, {
      'Content-Type': isMcp ? 'application/json' : 'application/problem+json',
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
      ...error.headers,
    });
    response.end(text);
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

function detailOf(exception: HttpException, code: ErrorCode): string {
  const { message } = exception;
  return code === 'not_found' ? message.slice(0, 300) : message;
}
