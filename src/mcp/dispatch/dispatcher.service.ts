import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { ErrorCode } from '../../core/error-registry.js';
import { AppError, toJsonRpcError } from '../../core/errors.js';
import { isObject } from '../../core/is-object.js';
import { quote } from '../../core/quote.js';
import type { Protocol } from '../protocol/classify.js';
import {
  MCP_METHODS,
  type McpCall,
  type McpMethod,
  type MethodResult,
  RawJson,
  SessionBegun,
} from './mcp-method.js';
import type { RequestId, RequestMessage } from '../protocol/message.js';
import type { Session } from '../sessions/session.store.port.js';
import { MODERN_META } from '../protocol/server-identity.js';

/** A JSON-RPC response, serialised, with the HTTP status and headers that go with it. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The session that a handshake has begun. */
  readonly session?: Session;
  /** What went wrong, for the log. */
  readonly errorCode?: ErrorCode;
}

/** The method table: finds the method of a request, runs it, and puts the answer into the form of the era. */
@Injectable()
export class Dispatcher {
  private readonly methods: ReadonlyMap<string, McpMethod>;

  constructor(
    @Inject(MCP_METHODS) methods: readonly McpMethod[],
    @InjectPinoLogger(Dispatcher.name) private readonly logger: PinoLogger,
  ) {
    this.methods = new Map(methods.map((method) => [method.name, method]));
  }

  /** Answers a request. Never throws: whatever goes wrong is a JSON-RPC error with the id of the request. */
  async dispatch({ method: name, params }: RequestMessage, call: McpCall): Promise<Reply> {
    try {
      const method = this.methods.get(name);
      if (method === undefined || !method.eras.includes(call.protocol.era))
        throw unknownMethod(name, call.protocol);
      const result = await method.handle(params, call);
      if (result instanceof SessionBegun) {
        return { status: 200, body: responseOf(call, result.result), session: result.session };
      }
      return { status: 200, body: responseOf(call, result) };
    } catch (error) {
      return this.failure(call.id, error);
    }
  }

  /** The error response for whatever was thrown; what is not of the registry is our own fault, and opaque. */
  failure(id: RequestId | undefined, thrown: unknown): Reply {
    const error = thrown instanceof AppError ? thrown : new AppError('internal_error', { cause: thrown });
    const { status } = error.definition;
    // A refusal that passes, such as `busy`, has its code in the line of the request: there is nothing to look into.
    const fault = error.cause ?? (error.code === 'internal_error' ? error : undefined);
    if (status >= 500 && fault !== undefined) this.logger.error({ err: fault }, 'Request failed');
    const body = JSON.stringify({
      jsonrpc: '2.0',
      ...(id !== undefined && { id }),
      error: toJsonRpcError(error),
    });
    return { status, body, headers: error.headers, errorCode: error.code };
  }
}

function unknownMethod(method: string, { era }: Protocol): AppError {
  const code = era === 'modern' ? 'method_not_found_modern' : 'method_not_found';
  return new AppError(code, { detail: `Unknown method ${quote(method)}` });
}

/** In one piece: a text put together from parts would be copied once more, into memory that is only rarely swept. */
function responseOf({ id, protocol }: McpCall, result: Exclude<MethodResult, SessionBegun>): string {
  if (result instanceof RawJson)
    return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result.text}}`;
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    result: protocol.era === 'legacy' ? inLegacyForm(result) : inModernForm(result),
  });
}

/** Before 2026-07-28 data is an object (2025-11-25, server/tools, "Structured Content"). */
function inLegacyForm(result: Readonly<Record<string, unknown>>): object {
  const { structuredContent } = result;
  if (structuredContent === undefined || isObject(structuredContent)) return result;
  return { ...result, structuredContent: { result: structuredContent } };
}

function inModernForm(result: Readonly<Record<string, unknown>>): object {
  const meta = result['_meta'] as object | undefined;
  return { resultType: 'complete', ...result, _meta: { ...meta, ...MODERN_META } };
}
