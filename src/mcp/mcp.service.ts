import { Injectable } from '@nestjs/common';
import { AppError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import { batchRefusal } from './batch.js';
import { CallFactory } from './call.factory.js';
import { checkResponse, classify, type Protocol } from './classify.js';
import { ServerRequests } from './client/server-requests.service.js';
import { Dispatcher, type Reply } from './dispatcher.service.js';
import type { Exchange } from './exchange.js';
import { CLIENT_CANCELLED, InFlight } from './in-flight.service.js';
import { parseJson, structuralProblem } from '../core/json-structure.js';
import type { McpCall } from './mcp-method.js';
import { type Message, readMessage } from './message.js';
import type { Session } from './sessions/session.store.port.js';
import type { McpHeaders, ParamHeaders } from './transport/request-headers.js';

/** What a transport hands in besides the body. */
export interface Inbound {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly exchange: Exchange;
  /** `undefined` for a transport without headers. */
  readonly headers: McpHeaders | undefined;
  readonly paramHeaders: () => ParamHeaders | undefined;
  /** The session that a legacy message names. @throws AppError when there is none of that name. */
  readonly session: () => Promise<Session | undefined>;
  readonly setHeader: (name: string, value: string) => void;
  /** Told the method as soon as it is known, for the log. */
  readonly onMethod: (method: string, protocol?: Protocol) => void;
  /** Counts one more message of a batch; the first has been counted by the guard. Throws when the limit is reached. */
  readonly countMessage: () => Promise<void>;
}

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

  /** Never throws: whatever is wrong with the body is a reply. */
  async handle(text: string, inbound: Inbound): Promise<Reply> {
    try {
      const body = parseJson(text);
      if (Array.isArray(body)) return await this.handleBatch(body, inbound);
      const message = readMessage(body);
      const problem = structuralProblem(body);
      if (problem !== undefined)
        return this.refuse(message, new AppError('invalid_request', { detail: problem }));
      return await this.handleMessage(message, inbound);
    } catch (error) {
      return this.dispatcher.failure(undefined, error);
    }
  }

  private async handleMessage(message: Message, inbound: Inbound): Promise<Reply> {
    try {
      switch (message.kind) {
        case 'invalid':
          throw new AppError('invalid_request', { detail: message.problem });
        case 'response': {
          checkResponse(inbound.headers);
          const session = await inbound.session();
          if (session !== undefined) await this.serverRequests.settle(session.id, message.body);
          return ACCEPTED;
        }
        case 'notification':
          return await this.handleNotification(message, inbound);
        case 'request':
          return await this.handleRequest(message, inbound);
        default:
          return message satisfies never;
      }
    } catch (error) {
      return this.refuse(message, error);
    }
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

  private async handleRequest(
    message: Extract<Message, { kind: 'request' }>,
    inbound: Inbound,
  ): Promise<Reply> {
    const { id, method, params } = message;
    const { exchange, principal, correlationId, setHeader } = inbound;
    inbound.onMethod(method);
    const protocol = classify(inbound.headers, message);
    inbound.onMethod(method, protocol);
    // The stateless era has no sessions, and stdio's one connection stands in for one.
    const session =
      protocol.era === 'legacy' || inbound.headers === undefined ? await inbound.session() : undefined;
    const context = this.calls.contextFor({
      method,
      params,
      protocol,
      principal,
      correlationId,
      exchange,
      session,
    });
    const call: McpCall = {
      id,
      protocol,
      context,
      exchange,
      session,
      paramHeaders: protocol.era === 'modern' ? inbound.paramHeaders() : undefined,
      setHeader,
    };
    // Closing the stream cancels in the stateless era; before, a disconnect does not.
    if (protocol.era === 'modern') {
      exchange.onGone(() => context.cancellation.cancel(new Error('The client has closed the stream')));
    }
    if (session === undefined) return this.dispatcher.dispatch(method, params, call);
    const forget = this.inFlight.add(session.id, id, context.cancellation);
    try {
      const reply = await this.dispatcher.dispatch(method, params, call);
      // 2026-07-28, basic/transports/stdio, "Cancellation": nothing more is sent. A POST has to be answered all the same.
      const isWithdrawn = inbound.headers === undefined && context.cancellation.reason === CLIENT_CANCELLED;
      return isWithdrawn ? WITHDRAWN : reply;
    } finally {
      forget();
    }
  }

  // JSON-RPC 2.0, 6, as MCP 2025-03-26 receives it; later revisions have no batches.
  private async handleBatch(items: readonly unknown[], inbound: Inbound): Promise<Reply> {
    inbound.onMethod('batch');
    const refusal = batchRefusal(items, inbound.headers);
    if (refusal !== undefined) throw new AppError('invalid_request', { detail: refusal });
    const messages = items.map(readMessage);
    for (let counted = 1; counted < messages.length; counted += 1) await inbound.countMessage();
    const quiet: Inbound = { ...inbound, onMethod: () => undefined };
    const replies = await Promise.all(messages.map((message) => this.handleMessage(message, quiet)));
    const bodies = replies.map(({ body }) => body).filter((body) => body !== '');
    return bodies.length === 0 ? ACCEPTED : { status: 200, body: `[${bodies.join(',')}]` };
  }

  private refuse(message: Message, error: unknown): Reply {
    // The id of a response is one of ours: an error under it would answer a request that the client never made.
    const id = message.kind === 'request' || message.kind === 'invalid' ? message.id : undefined;
    return this.dispatcher.failure(id, error);
  }
}
