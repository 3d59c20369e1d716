import { Injectable } from '@nestjs/common';
import type { CallContext } from '../core/call-context.js';
import { AppError } from '../core/errors.js';
import { classify, type Protocol } from './classify.js';
import { Dispatcher, type Reply } from './dispatcher.service.js';
import { parseJson, structuralProblem } from './json-structure.js';
import { type Message, readMessage } from './message.js';
import type { McpHeaders } from './request-headers.js';
import { allowsBatches, ASSUMED_REVISION } from './revisions.js';

/** More messages than this in one batch are refused. */
export const MAX_BATCH = 50;

/** What a transport hands in besides the body. */
export interface Inbound {
  readonly headers: McpHeaders;
  readonly context: CallContext;
  /** Told the method as soon as it is known, for the log. */
  readonly onMethod: (method: string, protocol?: Protocol) => void;
  /** Counts one more message of a batch; the first has been counted by the guard. Throws when the limit is reached. */
  readonly countMessage: () => Promise<void>;
}

/** No answer is due: a notification, or a response. */
const ACCEPTED: Reply = { status: 202, body: '' };

/** From the text of a body to the text of the answer, for any transport. */
@Injectable()
export class McpService {
  constructor(private readonly dispatcher: Dispatcher) {}

  /**
   * @throws AppError for a body that is not JSON at all; every later problem is a reply.
   */
  async handle(text: string, inbound: Inbound): Promise<Reply> {
    const body = parseJson(text);
    if (Array.isArray(body)) return this.handleBatch(body, inbound);
    const message = readMessage(body);
    const problem = structuralProblem(body);
    if (problem !== undefined)
      return this.refuse(message, new AppError('invalid_request', { detail: problem }));
    return this.handleMessage(message, inbound);
  }

  private async handleMessage(message: Message, inbound: Inbound): Promise<Reply> {
    switch (message.kind) {
      case 'invalid':
        return this.refuse(message, new AppError('invalid_request', { detail: message.problem }));
      case 'response':
        // No session of ours waits for one; 2025-11-25, transports: accepted messages get 202.
        return ACCEPTED;
      case 'notification':
      case 'request': {
        inbound.onMethod(message.method);
        let protocol: Protocol;
        try {
          protocol = classify(inbound.headers, message);
        } catch (error) {
          return this.refuse(message, error);
        }
        inbound.onMethod(message.method, protocol);
        if (message.kind === 'notification') return ACCEPTED;
        return this.dispatcher.dispatch(message, protocol, inbound.context);
      }
      default:
        return message satisfies never;
    }
  }

  // JSON-RPC 2.0, 6, as MCP 2025-03-26 receives it; later revisions have no batches.
  private async handleBatch(items: readonly unknown[], inbound: Inbound): Promise<Reply> {
    inbound.onMethod('batch');
    const refusal = batchRefusal(items, inbound.headers);
    if (refusal !== undefined) {
      return this.dispatcher.failure(undefined, new AppError('invalid_request', { detail: refusal }));
    }
    const messages = items.map(readMessage);
    for (let counted = 1; counted < messages.length; counted += 1) await inbound.countMessage();
    const quiet: Inbound = { ...inbound, onMethod: () => undefined };
    const replies = await Promise.all(messages.map((message) => this.handleMessage(message, quiet)));
    const bodies = replies.map(({ body }) => body).filter((body) => body !== '');
    return bodies.length === 0 ? ACCEPTED : { status: 200, body: `[${bodies.join(',')}]` };
  }

  private refuse(message: Message, error: unknown): Reply {
    return this.dispatcher.failure('id' in message ? message.id : undefined, error);
  }
}

function batchRefusal(items: readonly unknown[], headers: McpHeaders): string | undefined {
  if (items.length === 0) return 'The batch is empty';
  const revision = headers.protocolVersion ?? ASSUMED_REVISION;
  if (!allowsBatches(revision)) return `Protocol version ${revision.slice(0, 40)} has no batches`;
  if (items.length > MAX_BATCH) return `The batch has ${items.length} messages, and ${MAX_BATCH} are allowed`;
  const problem = structuralProblem(items);
  if (problem !== undefined) return problem;
  const messages = items.map(readMessage);
  if (messages.some((message) => message.kind === 'request' && message.method === 'initialize')) {
    return 'initialize must not be part of a batch';
  }
  if (messages.some((message) => 'params' in message && isModernCall(message))) {
    return 'Messages of revision 2026-07-28 and later must not be part of a batch';
  }
  return undefined;
}

function isModernCall(message: Extract<Message, { params: unknown }>): boolean {
  try {
    const noHeaders: McpHeaders = {
      contentType: 'application/json',
      protocolVersion: undefined,
      method: undefined,
      name: undefined,
    };
    return classify(noHeaders, message).era === 'modern';
  } catch {
    // Only a message with a modern claim can be refused without any header.
    return true;
  }
}
