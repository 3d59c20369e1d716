import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Cancellation } from '../../core/cancellation.js';
import { PubSub } from '../../storage/pub-sub.port.js';
import { isRequestId, type RequestId } from '../protocol/message.js';

const CHANNEL = 'cancellations';

/** The reason with which `notifications/cancelled` cancels. */
export const CLIENT_CANCELLED = new Error('The client has cancelled the request');

/** The requests of sessions that are being served, so that `notifications/cancelled` finds them, in any replica. */
@Injectable()
export class InFlight implements OnModuleInit, OnApplicationShutdown {
  private readonly calls = new Map<string, Cancellation>();
  private stop: (() => void) | undefined;

  constructor(@Inject(PubSub) private readonly pubSub: PubSub) {}

  async onModuleInit(): Promise<void> {
    this.stop = await this.pubSub.subscribe(CHANNEL, (key) => this.cancelHere(key));
  }

  onApplicationShutdown(): void {
    this.stop?.();
  }

  get size(): number {
    return this.calls.size;
  }

  /** Makes the request known; answers how to forget it. */
  add(sessionId: string, id: RequestId, cancellation: Cancellation): () => void {
    const key = keyOf(sessionId, id);
    this.calls.set(key, cancellation);
    return () => {
      if (this.calls.get(key) === cancellation) this.calls.delete(key);
    };
  }

  /** An id that is not known here may be known to another replica; one that nobody knows is ignored. */
  async cancel(sessionId: string, id: unknown): Promise<void> {
    if (!isRequestId(id)) return;
    const key = keyOf(sessionId, id);
    if (!this.cancelHere(key)) await this.pubSub.publish(CHANNEL, key);
  }

  private cancelHere(key: string): boolean {
    const cancellation = this.calls.get(key);
    cancellation?.cancel(CLIENT_CANCELLED);
    return cancellation !== undefined;
  }
}

/** 1 and "1" are two ids. */
const keyOf = (sessionId: string, id: RequestId): string => `${sessionId} ${JSON.stringify(id)}`;
