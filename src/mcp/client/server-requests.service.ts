import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Cancellation } from '../../core/cancellation.js';
import type { InputRequest, JsonObject } from '../../core/client.port.js';
import { isObject } from '../../core/is-object.js';
import { parseOwn } from '../../core/json/own-json.js';
import { cut } from '../../core/quote.js';
import { PubSub } from '../../storage/pub-sub.port.js';
import { ToolError } from '../../tools/tool-error.js';
import type { ClientChannel } from './exchange.port.js';
import type { Session } from '../sessions/session.store.port.js';

interface Pending {
  readonly sessionId: string;
  readonly settle: (body: JsonObject) => void;
}

/** Characters of what a client gives as its reason. */
const MAX_REASON = 300;

const CHANNEL = 'client-responses';

/**
 * Requests of ours to clients of the handshake era. The answer is a POST of its own, which may reach another replica:
 * that one publishes it, and the replica that asked takes it from there.
 */
@Injectable()
export class ServerRequests implements OnModuleInit, OnApplicationShutdown {
  private readonly pending = new Map<string, Pending>();
  private stop: (() => void) | undefined;

  constructor(@Inject(PubSub) private readonly pubSub: PubSub) {}

  async onModuleInit(): Promise<void> {
    this.stop = await this.pubSub.subscribe(CHANNEL, (message) => {
      const { sessionId, body } = parseOwn(message) as { sessionId: string; body: JsonObject };
      this.settleHere(sessionId, body);
    });
  }

  onApplicationShutdown(): void {
    this.stop?.();
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  /**
   * Sends the request on the stream of the call and waits for the answer.
   *
   * @throws ToolError when the client answers with an error; the reason of the cancellation when it comes first.
   */
  async request(
    session: Session,
    channel: ClientChannel,
    request: InputRequest,
    cancellation: Cancellation,
  ): Promise<JsonObject> {
    const id = randomUUID();
    let stopListening = (): void => undefined;
    try {
      const body = await new Promise<JsonObject>((settle, reject) => {
        this.pending.set(id, { sessionId: session.id, settle });
        stopListening = cancellation.onCancel(reject);
        channel.send({ jsonrpc: '2.0', id, ...request });
      });
      return resultOf(body, request);
    } finally {
      stopListening();
      this.pending.delete(id);
    }
  }

  /** Takes a response that a client has posted within its session. One that nobody waits for is dropped. */
  async settle(sessionId: string, body: JsonObject): Promise<void> {
    if (this.settleHere(sessionId, body)) return;
    await this.pubSub.publish(CHANNEL, JSON.stringify({ sessionId, body }));
  }

  private settleHere(sessionId: string, body: JsonObject): boolean {
    const waiting = this.pending.get(String(body['id']));
    if (waiting === undefined || waiting.sessionId !== sessionId) return false;
    waiting.settle(body);
    return true;
  }
}

function resultOf(body: JsonObject, { method }: InputRequest): JsonObject {
  if (isObject(body['result'])) return body['result'];
  const error = isObject(body['error']) ? body['error']['message'] : undefined;
  throw new ToolError(
    'tool_failed',
    `The client refused ${method}: ${typeof error === 'string' ? cut(error, MAX_REASON) : 'no reason given'}`,
  );
}
