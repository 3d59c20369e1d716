import { Injectable } from '@nestjs/common';
import { CallContext, type Progress } from '../../core/call-context.js';
import { Cancellation } from '../../core/cancellation.js';
import { type Client, type JsonObject, NO_CLIENT } from '../../core/client.port.js';
import { isObject } from '../../core/is-object.js';
import type { Principal } from '../../core/principal.js';
import type { Protocol } from '../protocol/classify.js';
import { LegacyClient } from '../client/legacy.client.js';
import { ModernClient } from '../client/modern.client.js';
import { ServerRequests } from '../client/server-requests.service.js';
import type { Exchange } from '../client/exchange.port.js';
import type { RequestMessage } from '../protocol/message.js';
import type { McpCall } from './mcp-method.js';
import { META } from '../protocol/meta-keys.js';
import { boundedString, invalidParams, MAX_LENGTH } from '../protocol/params.js';
import { RequestStates } from '../client/request-state.js';
import type { Session } from '../sessions/session.store.port.js';

/** The methods during which a client may be asked (2026-07-28, basic/patterns/mrtr, "Supported Requests"). */
const MAY_ASK: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** The reason with which a client cancels by going away. */
const STREAM_CLOSED = new Error('The client has closed the stream');

/** Makes the call of a request: who is calling, when to stop, how to reach the client. */
@Injectable()
export class CallFactory {
  constructor(
    private readonly states: RequestStates,
    private readonly serverRequests: ServerRequests,
  ) {}

  /** @throws AppError `invalid_params` for input responses, a request state or a progress token that cannot be used. */
  callOf(
    request: RequestMessage,
    exchange: Exchange,
    protocol: Protocol,
    session: Session | undefined,
  ): McpCall {
    const { id, params } = request;
    const cancellation = new Cancellation();
    // Nothing is sent for a call that has been cancelled (basic/patterns/cancellation, "Behavior Requirements").
    const send = (message: JsonObject): void => {
      if (!cancellation.isCancelled) exchange.send(message);
    };
    const token = isObject(params['_meta']) ? params['_meta']['progressToken'] : undefined;
    if (typeof token === 'string')
      boundedString(token, 'params._meta.progressToken', MAX_LENGTH.progressToken);
    const context = new CallContext({
      principal: exchange.principal,
      correlationId: exchange.trace.correlationId,
      cancellation,
      headers: exchange.requestHeaders,
      client: this.clientOf(request, exchange, protocol, session, cancellation, send),
      ...(isProgressToken(token) && { reportProgress: progressReporter(token, send) }),
    });
    // Closing the stream cancels in the stateless era; before, a disconnect does not.
    if (protocol.era === 'modern') exchange.onGone(() => cancellation.cancel(STREAM_CLOSED));
    return { id, protocol, context, exchange, session };
  }

  private clientOf(
    request: RequestMessage,
    exchange: Exchange,
    protocol: Protocol,
    session: Session | undefined,
    cancellation: Cancellation,
    send: Send,
  ): Client {
    const { method, params } = request;
    if (!MAY_ASK.has(method)) return NO_CLIENT;
    if (protocol.era === 'legacy')
      return new LegacyClient(session, exchange, this.serverRequests, cancellation);
    const meta = isObject(params['_meta']) ? params['_meta'] : {};
    const answers = this.answersIn(request, exchange.principal);
    return new ModernClient(protocol.clientCapabilities, answers, meta[META.logLevel], send);
  }

  /** The answers of this round over those of the rounds before. */
  private answersIn({ method, params }: RequestMessage, principal: Principal): JsonObject {
    const { inputResponses = NONE, requestState } = params;
    if (!isObject(inputResponses)) throw invalidParams('params.inputResponses is not an object');
    if (requestState === undefined) return inputResponses;
    return { ...this.states.open({ method, params, principal }, requestState), ...inputResponses };
  }
}

type Send = (message: JsonObject) => void;

const NONE: JsonObject = Object.freeze({});

const isProgressToken = (token: unknown): token is string | number =>
  typeof token === 'string' || Number.isSafeInteger(token);

/** Sends a notification for each step that is a step forward (basic/patterns/progress). */
function progressReporter(progressToken: string | number, send: Send): (step: Progress) => void {
  let last = -Infinity;
  return (step) => {
    if (!(step.progress > last)) return;
    last = step.progress;
    send({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken, ...step },
    });
  };
}
