import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import { outlining } from '../../core/json/json-outline.js';
import { readingJson, readJson } from '../../core/json/json-structure.js';
import { cut } from '../../core/quote.js';
import { inOneGo, type Steps } from '../../core/steps.js';
import { HEAVY_LENGTH, inTurns } from '../../core/turn.js';
import type { Exchange } from '../client/exchange.port.js';
import { ServerRequests } from '../client/server-requests.service.js';
import { batchRefusal, MAX_BATCH_ANSWER } from '../protocol/batch.js';
import { checkResponse, classify, type Protocol } from '../protocol/classify.js';
import {
  type Message,
  type NotificationMessage,
  readMessage,
  type RequestMessage,
  type ResponseMessage,
} from '../protocol/message.js';
import type { Session } from '../sessions/session.store.port.js';
import { Sessions } from '../sessions/sessions.service.js';
import { CallFactory } from './call.factory.js';
import { Dispatcher, type Reply } from './dispatcher.service.js';
import { CLIENT_CANCELLED, InFlight } from './in-flight.service.js';
import type { McpCall } from './mcp-method.js';

type Refuse = (error: unknown) => Reply;

/** No answer is due: a notification, or a response. */
const ACCEPTED: Reply = { status: 202, body: '' };
/** The client does not want the answer any more; the status is for the log. */
const WITHDRAWN: Reply = { status: 499, body: '' };

/** A method name in the log is a client's text: long ones are cut. */
const MAX_LOGGED_METHOD = 60;

/** The members that tell what a message is. */
const ENVELOPE: readonly string[] = ['jsonrpc', 'id', 'method', 'result', 'error'];

/** From the text of a body to the text of the answer, for any transport. */
@Injectable()
export class McpService {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly calls: CallFactory,
    private readonly sessions: Sessions,
    private readonly inFlight: InFlight,
    private readonly serverRequests: ServerRequests,
    @Inject(Configuration) private readonly config: Configuration,
  ) {}

  /** Never rejects: whatever is wrong with the body is a reply. */
  handle(text: string, exchange: Exchange): Promise<Reply> | Reply {
    // Over stdio there is nobody else to be served, and the messages keep their order.
    if (text.length > HEAVY_LENGTH && exchange.headers !== undefined) return this.handleLong(text, exchange);
    let body: unknown;
    try {
      body = readJson(text, unusable);
    } catch (error) {
      return this.refuse(inOneGo(readingEnvelope(text, error)), error);
    }
    return this.handleBody(body, exchange);
  }

  private async handleLong(text: string, exchange: Exchange): Promise<Reply> {
    let body: unknown;
    try {
      body = await inTurns(readingJson(text, unusable));
    } catch (error) {
      return this.refuse(await inTurns(readingEnvelope(text, error)), error);
    }
    return this.handleBody(body, exchange);
  }

  private handleBody(body: unknown, exchange: Exchange): Promise<Reply> | Reply {
    if (!Array.isArray(body)) return this.handleMessage(readMessage(body), exchange);
    return this.handleBatch(body, exchange).catch((error: unknown) =>
      this.dispatcher.failure(undefined, error),
    );
  }

  private handleMessage(message: Message, exchange: Exchange): Promise<Reply> | Reply {
    const refuse = (error: unknown): Reply => this.refuse(message, error);
    try {
      switch (message.kind) {
        case 'invalid':
          throw new AppError('invalid_request', { detail: message.problem });
        case 'response':
          return this.handleResponse(message, exchange).catch(refuse);
        case 'notification':
          return this.handleNotification(message, exchange).catch(refuse);
        case 'request':
          return this.handleRequest(message, exchange, refuse);
        default:
          return message satisfies never;
      }
    } catch (error) {
      return refuse(error);
    }
  }

  private async handleResponse({ body }: ResponseMessage, exchange: Exchange): Promise<Reply> {
    checkResponse(exchange.headers);
    const session = await this.sessions.namedBy(exchange);
    if (session !== undefined) await this.serverRequests.settle(session.id, body);
    return ACCEPTED;
  }

  private async handleNotification(message: NotificationMessage, exchange: Exchange): Promise<Reply> {
    noteMethod(message.method, exchange);
    const named = this.sessionOf(exchange, classify(exchange.headers, message));
    const session = await named;
    if (session !== undefined && message.method === 'notifications/cancelled') {
      await this.inFlight.cancel(session.id, message.params['requestId']);
    }
    return ACCEPTED;
  }

  private handleRequest(request: RequestMessage, exchange: Exchange, refuse: Refuse): Promise<Reply> {
    noteMethod(request.method, exchange);
    const protocol = classify(exchange.headers, request);
    exchange.trace.fields.protocolVersion = protocol.revision;
    const named = this.sessionOf(exchange, protocol);
    if (named === undefined) {
      return this.dispatcher.dispatch(request, this.calls.callOf(request, exchange, protocol, undefined));
    }
    return named
      .then((session) => {
        const call = this.calls.callOf(request, exchange, protocol, session);
        return this.dispatchInSession(request, call, session);
      })
      .catch(refuse);
  }

  /** The stateless era has no sessions, and stdio's one connection stands in for one. */
  private sessionOf(exchange: Exchange, { era }: Protocol): Promise<Session> | undefined {
    return era === 'legacy' || exchange.headers === undefined ? this.sessions.namedBy(exchange) : undefined;
  }

  private async dispatchInSession(request: RequestMessage, call: McpCall, session: Session): Promise<Reply> {
    const { cancellation } = call.context;
    const forget = this.inFlight.add(session.id, request.id, cancellation);
    try {
      const reply = await this.dispatcher.dispatch(request, call);
      // 2026-07-28, basic/transports/stdio, "Cancellation": nothing more is sent. A POST has to be answered all the
      // same.
      const isWithdrawn = call.exchange.headers === undefined && cancellation.reason === CLIENT_CANCELLED;
      return isWithdrawn ? WITHDRAWN : reply;
    } finally {
      forget();
    }
  }

  // JSON-RPC 2.0, 6, as MCP 2025-03-26 receives it; later revisions have no batches.
  private async handleBatch(items: readonly unknown[], exchange: Exchange): Promise<Reply> {
    noteMethod('batch', exchange);
    const refusal = batchRefusal(items, exchange.headers);
    if (refusal !== undefined) throw new AppError('invalid_request', { detail: refusal });
    const messages = items.map(readMessage);
    if (messages.length > 1) await exchange.countMessages(messages.length - 1);
    const replies = await this.answerInTurn(messages, exchange);
    const bodies = replies.map(({ body }) => body).filter((body) => body !== '');
    return bodies.length === 0 ? ACCEPTED : { status: 200, body: `[${bodies.join(',')}]` };
  }

  /**
   * Requests one after another, so that a batch takes the place of one call and not of fifty; the rest at once. Those
   * that have not begun after the time of one call, or once the answers have the bytes of one, are refused.
   */
  private answerInTurn(messages: readonly Message[], exchange: Exchange): Promise<Reply[]> {
    const { timeoutMs } = this.config.tools;
    const { startedAt } = exchange.trace;
    let turn: Promise<unknown> | undefined;
    let length = 0;
    const inTurn = (message: Message): Promise<Reply> | Reply => {
      if (performance.now() - startedAt >= timeoutMs) return this.refuse(message, batchTooLong(timeoutMs));
      if (length > MAX_BATCH_ANSWER) return this.refuse(message, batchTooLarge());
      return this.handleMessage(message, exchange);
    };
    const answer = (message: Message): Promise<Reply> | Reply => {
      if (message.kind !== 'request' || turn === undefined) return this.handleMessage(message, exchange);
      return turn.then(() => inTurn(message));
    };
    return Promise.all(
      messages.map((message) => {
        const reply = Promise.resolve(answer(message));
        if (message.kind === 'request') turn = reply.then(({ body }) => (length += body.length));
        return reply;
      }),
    );
  }

  private refuse(message: Message | undefined, error: unknown): Reply {
    // The id of a response is one of ours: an error under it would answer a request that the client never made.
    const id = message?.kind === 'request' || message?.kind === 'invalid' ? message.id : undefined;
    return this.dispatcher.failure(id, error);
  }
}

/** What waits behind others must not hold up a request, or a shutdown, for fifty times as long as one call may take. */
const batchTooLong = (timeoutMs: number): AppError =>
  new AppError('busy', {
    detail: `The members of the batch before this one took ${timeoutMs / 1000} s`,
    retryAfterMs: 1000,
  });

/** All answers of a batch are written at once. */
const batchTooLarge = (): AppError =>
  new AppError('busy', {
    detail: `The answers to the members of the batch before this one have more than ${MAX_BATCH_ANSWER} characters`,
    mend: 'Send the rest in another batch.',
    retryAfterMs: 1000,
  });

/**
 * Of JSON that has not been parsed, or must not be used, the envelope is read all the same: to answer under its id.
 */
function* readingEnvelope(text: string, error: unknown): Steps<Message | undefined> {
  const isJson = error instanceof AppError && error.code === 'invalid_request';
  return isJson ? readMessage(yield* outlining(text, ENVELOPE)) : undefined;
}

const unusable = (problem: string): AppError => new AppError('invalid_request', { detail: problem });

/** The first to be noted stays: the line of a batch says `batch`, and names no method of its messages. */
function noteMethod(method: string, { trace }: Exchange): void {
  trace.rpcMethod ??= cut(method, MAX_LOGGED_METHOD);
}
