import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Configuration } from '../config/configuration.js';
import { CallContext, type Progress } from '../core/call-context.js';
import { Cancellation } from '../core/cancellation.js';
import { AppError, toProblem } from '../core/errors.js';
import { isObject } from '../core/is-object.js';
import { readingJson } from '../core/json/json-structure.js';
import type { Principal } from '../core/principal.js';
import { asLong } from '../core/turn.js';
import { readBody } from '../http/body.reader.js';
import { KeptEventStream } from '../http/event-stream.js';
import { answer } from '../http/response.writer.js';
import { requestContext } from '../observability/request-context.js';
import { type AllowedTool, ToolCaller, UnknownToolError } from '../tools/call/tool-caller.service.js';
import { Explain } from '../tools/explain/explain.service.js';
import { callerOf, noSuchTool } from './caller.js';
import { Idempotency } from './idempotency/idempotency.service.js';
import { notAcceptable } from './representation.js';
import { answerOf, type RestAnswer } from './rest-answer.js';
import { UNASKABLE } from './unaskable.client.js';

const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream';

/** The reason with which a client cancels by going away. */
const CLIENT_GONE = new Error('The client has gone');

type Args = Record<string, unknown>;

/** `POST /tools/{name}`: the same call that `tools/call` makes, with the arguments as the body. */
@Injectable()
export class ToolCalls {
  private readonly bodyLimit: number;

  constructor(
    @Inject(Configuration) { http }: Configuration,
    private readonly caller: ToolCaller,
    private readonly idempotency: Idempotency,
    private readonly explainer: Explain,
  ) {
    this.bodyLimit = http.bodyLimitBytes;
  }

  /** @throws AppError for whatever is refused before anything has been answered. */
  async serve(name: string, request: Request, response: Response): Promise<void> {
    const form = request.accepts([JSON_TYPE, EVENTS_TYPE]);
    if (form === false) throw notAcceptable(JSON_TYPE, EVENTS_TYPE);
    const args = await this.argumentsIn(request);
    const tool = this.find(name, callerOf(request), args);
    requestContext(request).fields.tool = name;
    if (form === EVENTS_TYPE) await this.stream(tool, args, request, response);
    else write(response, await this.run(tool, args, request, response));
  }

  /** Says whether the call would run, and what decides; it runs nothing. */
  async explain(name: string, request: Request, response: Response): Promise<void> {
    if (request.accepts(JSON_TYPE) === false) throw notAcceptable(JSON_TYPE);
    const args = await this.argumentsIn(request);
    const explanation = await whileThere(response, (cancellation) =>
      this.explainer.explain(name, args, contextOf(request, cancellation)),
    );
    answer(response, 200, ['Content-Type', JSON_TYPE], JSON.stringify(explanation));
  }

  /** @throws AppError `unsupported_media_type`, `parse_error`, `bad_request` and what `readBody` refuses. */
  private async argumentsIn(request: Request): Promise<Args> {
    const text = await readBody(request, this.bodyLimit);
    // A tool without arguments can be called without a body.
    if (text === '' && request.headers['content-type'] === undefined) return {};
    if (request.is(JSON_TYPE) !== JSON_TYPE)
      throw new AppError('unsupported_media_type', { detail: `The Content-Type is not ${JSON_TYPE}` });
    const refuse = (problem: string): Error => new AppError('bad_request', { detail: problem });
    const args = await asLong(text.length, readingJson(text, refuse));
    if (!isObject(args))
      throw new AppError('bad_request', { detail: 'The body is not a JSON object with the arguments' });
    return args;
  }

  private find(name: string, principal: Principal, args: Args): AllowedTool {
    try {
      return this.caller.find(name, principal, args);
    } catch (error) {
      throw error instanceof UnknownToolError ? noSuchTool() : error;
    }
  }

  /** Progress as events; the result is the last one. A failure before the first is a plain answer. */
  private async stream(tool: AllowedTool, args: Args, request: Request, response: Response): Promise<void> {
    const stream = new KeptEventStream(response);
    try {
      const result = await this.run(tool, args, request, response, progressTo(stream));
      if (result.status >= 400 && !stream.hasBegun) write(response, result);
      else stream.end(result.status < 400 ? 'result' : 'error', result.body);
    } catch (error) {
      // The status has gone out already, so the log line and the event have to tell.
      if (!stream.hasBegun) throw error;
      const { fields, correlationId } = requestContext(request);
      const known = error instanceof AppError ? error : new AppError('internal_error', { cause: error });
      fields.errorCode = known.code;
      stream.end('error', JSON.stringify(toProblem(known, correlationId)));
    } finally {
      stream.close();
    }
  }

  private run(
    tool: AllowedTool,
    args: Args,
    request: Request,
    response: Response,
    reportProgress?: (step: Progress) => void,
  ): Promise<RestAnswer> {
    const key = request.headers['idempotency-key'];
    const { name, annotations } = tool.definition;
    // Reading twice does no harm.
    if (typeof key !== 'string' || annotations?.readOnlyHint === true) {
      return whileThere(response, (cancellation) =>
        this.call(tool, args, request, cancellation, reportProgress),
      );
    }
    // It runs to its end, whoever has gone: its client is to find the answer when it comes back.
    return this.idempotency.once({ owner: callerOf(request).id, key, tool: name, args }, () =>
      this.call(tool, args, request, new Cancellation(), reportProgress),
    );
  }

  private async call(
    tool: AllowedTool,
    args: Args,
    request: Request,
    cancellation: Cancellation,
    reportProgress: ((step: Progress) => void) | undefined,
  ): Promise<RestAnswer> {
    const { correlationId, fields } = requestContext(request);
    const context = contextOf(request, cancellation, reportProgress);
    if (tool.definition.inputs !== undefined) await context.client.ask(tool.definition.inputs);
    const made = answerOf(await this.caller.call(tool, args, context), correlationId);
    fields.toolError = made.code;
    return made;
  }
}

function contextOf(
  request: Request,
  cancellation: Cancellation,
  reportProgress?: (step: Progress) => void,
): CallContext {
  return new CallContext({
    principal: callerOf(request),
    correlationId: requestContext(request).correlationId,
    cancellation,
    client: UNASKABLE,
    headers: request.headers,
    ...(reportProgress && { reportProgress }),
  });
}

/** A call that ends when its client goes away. */
async function whileThere<T>(
  response: Response,
  work: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  const cancellation = new Cancellation();
  const onGone = (): void => cancellation.cancel(CLIENT_GONE);
  if (response.destroyed) onGone();
  response.once('close', onGone);
  try {
    return await work(cancellation);
  } finally {
    response.off('close', onGone);
  }
}

function write(response: Response, { status, headers, body }: RestAnswer): void {
  answer(response, status, headers, body);
}

/** Sends each step that is a step forward. */
function progressTo(stream: KeptEventStream): (step: Progress) => void {
  let last = -Infinity;
  return (step) => {
    if (!(step.progress > last)) return;
    last = step.progress;
    stream.send('progress', JSON.stringify(step));
  };
}
