import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PubSub } from '../../storage/pub-sub.port.js';
import { ResourceRegistry } from '../../tools/resources/resource.registry.js';
import type { Exchange } from '../client/exchange.port.js';
import { Sessions } from '../sessions/sessions.service.js';
import { notificationOf } from './list-changed.js';
import { NotificationStreams, type StreamEnd } from './notification-streams.service.js';

interface Followed {
  readonly streamId: string;
  readonly exchange: Exchange;
}

/** Which stream a session has from now on; none when it has ended. */
interface Takeover {
  readonly sessionId: string;
  readonly streamId?: string;
}

const CHANNEL = 'session-streams';

/**
 * What a session of the handshake era hears of unasked: changed lists, and the resources that it has subscribed to.
 *
 * A message must not go out on two streams of a session (2025-11-25, basic/transports, "Multiple Connections"), so a
 * session has one: whoever opens another, at whatever replica, has lost the first.
 */
@Injectable()
export class SessionChanges implements OnModuleInit, OnModuleDestroy {
  private readonly followed = new Map<string, Followed>();
  private stop: (() => void) | undefined;

  constructor(
    private readonly sessions: Sessions,
    private readonly streams: NotificationStreams,
    private readonly resources: ResourceRegistry,
    @Inject(PubSub) private readonly pubSub: PubSub,
  ) {}

  async onModuleInit(): Promise<void> {
    this.stop = await this.pubSub.subscribe(CHANNEL, (message) => {
      const { sessionId, streamId } = JSON.parse(message) as Takeover;
      const here = this.followed.get(sessionId);
      if (here !== undefined && here.streamId !== streamId) this.streams.endAll(here.exchange.connection);
    });
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  /** Sends changes to the session until either side closes. @throws AppError `busy` when no stream can be opened. */
  async follow(sessionId: string, exchange: Exchange, onOpen: () => void): Promise<StreamEnd> {
    const streamId = randomUUID();
    try {
      return await this.streams.hold(
        exchange,
        async (change) => {
          if (change.kind === 'task') return undefined;
          if (change.kind !== 'resource') return notificationOf(change);
          // What it may do can have become less since it subscribed.
          if (this.resources.find(change.uri, exchange.principal) === undefined) return undefined;
          // Another replica may have taken the subscription.
          const session = await this.sessions.current(sessionId, exchange.principal);
          return session?.subscriptions.includes(change.uri) === true ? notificationOf(change) : undefined;
        },
        () => {
          onOpen();
          this.takeOver(sessionId, { streamId, exchange });
        },
      );
    } finally {
      if (this.followed.get(sessionId)?.streamId === streamId) this.followed.delete(sessionId);
    }
  }

  /** Ends the stream of a session that has ended. */
  async end(sessionId: string): Promise<void> {
    await this.announce({ sessionId });
  }

  private takeOver(sessionId: string, next: Followed): void {
    const former = this.followed.get(sessionId);
    if (former !== undefined) this.streams.endAll(former.exchange.connection);
    this.followed.set(sessionId, next);
    void this.announce({ sessionId, streamId: next.streamId });
  }

  /** Never fails: while other replicas cannot be reached, the streams of this one are ended all the same. */
  private announce(takeover: Takeover): Promise<void> {
    return this.pubSub.publish(CHANNEL, JSON.stringify(takeover));
  }
}
