import { Injectable } from '@nestjs/common';
import { AppError } from '../../core/errors.js';
import type { CallHeaders } from '../../core/call-context.js';
import type { Principal } from '../../core/principal.js';
import { batchRefusal } from '../protocol/batch.js';
import { CallFactory } from './call.factory.js';
import { checkResponse, classify, type Protocol } from '../protocol/classify.js';
import { ServerRequests } from '../client/server-requests.service.js';
import { Dispatcher, type Reply } from './dispatcher.service.js';
import type { Exchange } from '../client/exchange.port.js';
import { CLIENT_CANCELLED, InFlight } from './in-flight.service.js';
import { parseJson, structuralProblem } from '../../core/json-structure.js';
import type { McpCall } from './mcp-method.js';
import { type Message, readMessage } from '../protocol/message.js';
import type { Session } from '../sessions/session.store.port.js';
import type { McpHeaders, ParamHeaders } from '../protocol/request-headers.js';

/** What a transport hands in besides the body. */
export interface Inbound {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly exchange: Exchange;
  /** `undefined` for a transport without headers. */
  readonly headers: McpHeaders | undefined;
  /** All headers of the request; `undefined` for a transport without headers. */
  readonly requestHeaders: CallHeaders | undefined;
  paramHeaders(): ParamHeaders | undefined;
  /** The session that a legacy message names, if it names one. Rejects with an AppError when there is none of that name. */
  session(): Promise<Session> | undefined;
  setHeader(name: string, value: string): void;
  /** Told the method as soon as it is known, for the log. */
  onMethod(method: string, protocol?: Protocol): void;
  /** Counts the further messages of a batch; the first has been counted by the guard. Throws beyond the limit. */
  countMessages(further: number): Promise<void>;
}

type RequestMessage = Extract<Message, { kind: 'request' }>;
type Refuse = (error: unknown) => Reply;

/** No answer is due: a notification, or a response. */
const ACCEPTED: Reply = { status: 202, body: '' };
/** The client does not want the answer any more; the status is for the log. */
const WITHDRAWN: Reply = { status: 499, body: '' };

/** From the text of a body to the text of the answer, for any transport. */
@Injectable()
export class McpService {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly calls: CallFactory,
    private readonly inFlight: InFlight,
    private readonly serverRequests: ServerRequests,
  ) {}

  /** Never rejects: whatever is wrong with the body is a reply. */
  handle(text: string, inbound: Inbound): Promise<Reply> | Reply {
    try {
      const body = parseJson(text);
      if (Array.isArray(body)) {
        return this.handleBatch(body, text, inbound).catch((error: unknown) =>
          this.dispatcher.failure(undefined, error),
        );
      }
      const message = readMessage(body);
      const problem = structuralProblem(body, text);
      if (problem !== undefined)
        return this.refuse(message, new AppError('invalid_request', { detail: problem }));
      return this.handleMessage(message, inbound);
    } catch (error) {
      return this.dispatcher.failure(undefined, error);
    }
  }

  private handleMessage(message: Message, inbound: Inbound): Promise<Reply> | Reply {
    const refuse = (error: unknown): Reply => this.refuse(message, error);
    try {
      switch (message.kind) {
        case 'invalid':
          throw new AppError('invalid_request', { detail: message.problem });
        case 'response':
          return this.handleResponse(message, inbound).catch(refuse);
        case 'notification':
          return this.handleNotification(message, inbound).catch(refuse);
        case 'request':
          return this.handleRequest(message, inbound, refuse);
        default:
          return message satisfies never;
      }
    } catch (error) {
      return refuse(error);
    }
  }

  private async handleResponse(
    message: Extract<Message, { kind: 'response' }>,
    inbound: Inbound,
  ): Promise<Reply> {
    checkResponse(inbound.headers);
    const session = await inbound.session();
    if (session !== undefined) await this.serverRequests.settle(session.id, message.body);
    return ACCEPTED;
  }

  private async handleNotification(
    message: Extract<Message, { kind: 'notification' }>,
    inbound: Inbound,
  ): Promise<Reply> {
    inbound.onMethod(message.method);
    const protocol = classify(inbound.headers, message);
    if (protocol.era === 'legacy' || inbound.headers === undefined) {
      const session = await inbound.session();
      if (session !== undefined && message.method === 'notifications/cancelled') {
        await this.inFlight.cancel(session.id, message.params['requestId']);
      }
    }
    return ACCEPTED;
  }

  private handleRequest(message: RequestMessage, inbound: Inbound, refuse: Refuse): Promise<Reply> {
    inbound.onMethod(message.method);
    const protocol = classify(inbound.headers, message);
    inbound.onMethod(message.method, protocol);
    // The stateless era has no sessions, and stdio's one connection stands in for one.
    const named = protocol.era === 'legacy' || inbound.headers === undefined ? inbound.session() : undefined;
    if (named === undefined)
      return this.dispatch(message, this.callOf(message, inbound, protocol, undefined));
    return named
      .then((session) => {
        const call = this.callOf(message, inbound, protocol, session);
        return this.dispatchInSession(message, call, session, inbound);
      })
      .catch(refuse);
  }

  private callOf(
    { id, method, params }: RequestMessage,
    inbound: Inbound,
    protocol: Protocol,
    session: Session | undefined,
  ): McpCall {
    const { exchange, principal, correlationId, requestHeaders } = inbound;
    const isModern = protocol.era === 'modern';
    const context = this.calls.contextFor({
      method,
      params,
      protocol,
      principal,
      correlationId,
      exchange,
      session,
      requestHeaders,
    });
    // Closing the stream cancels in the stateless era; before, a disconnect does not.
    if (isModern) {
      exchange.onGone(() => context.cancellation.cancel(new Error('The client has closed the stream')));
    }
    return {
      id,
      protocol,
      context,
      exchange,
      session,
      paramHeaders: isModern ? inbound.paramHeaders() : undefined,
      response: inbound,
    };
  }

  private dispatch({ method, params }: RequestMessage, call: McpCall): Promise<Reply> {
    return this.dispatcher.dispatch(method, params, call);
  }

  private async dispatchInSession(
    message: RequestMessage,
    call: McpCall,
    session: Session,
    inbound: Inbound,
  ): Promise<Reply> {
    const { cancellation } = call.context;
    const forget = this.inFlight.add(session.id, message.id, cancellation);
    try {
      const reply = await this.dispatch(message, call);
      // 2026-07-28, basic/transports/stdio, "Cancellation": nothing more is sent. A POST has to be answered all the same.
      const isWithdrawn = inbound.headers === undefined && cancellation.reason === CLIENT_CANCELLED;
      return isWithdrawn ? WITHDRAWN : reply;
    } finally {
      forget();
    }
  }

  // JSON-RPC 2.0, 6, as MCP 2025-03-26 receives it; later revisions have no batches.
  private async handleBatch(items: readonly unknown[], text: string, inbound: Inbound): Promise<Reply> {
    inbound.onMethod('batch');
    const refusal = batchRefusal(items, text, inbound.headers);
    if (refusal !== undefined) throw new AppError('invalid_request', { detail: refusal });
    const messages = items.map(readMessage);
    if (messages.length > 1) await inbound.countMessages(messages.length - 1);
    const quiet = withoutMethod(inbound);
    const replies = await Promise.all(messages.map(async (message) => this.handleMessage(message, quiet)));
    const bodies = replies.map(({ body }) => body).filter((body) => body !== '');
    return bodies.length === 0 ? ACCEPTED : { status: 200, body: `[${bodies.join(',')}]` };
  }

  private refuse(message: Message, error: unknown): Reply {
    // The id of a response is one of ours: an error under it would answer a request that the client never made.
    const id = message.kind === 'request' || message.kind === 'invalid' ? message.id : undefined;
    return this.dispatcher.failure(id, error);
  }
}

/** The log line of a batch says `batch`, and names no method of its messages. */
function withoutMethod(inbound: Inbound): Inbound {
  return Object.assign(Object.create(inbound) as Inbound, { onMethod: () => undefined });
}
