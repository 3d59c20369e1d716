import { Injectable } from '@nestjs/common';
import type { Exchange } from '../exchange.js';
import { Sessions } from '../sessions/sessions.service.js';
import { notificationOf } from './list-changed.js';
import { NotificationStreams, type StreamEnd } from './notification-streams.service.js';

/** What a session of the handshake era hears of unasked: changed lists, and the resources that it has subscribed to. */
@Injectable()
export class SessionChanges {
  constructor(
    private readonly sessions: Sessions,
    private readonly streams: NotificationStreams,
  ) {}

  /** Sends changes to the session until either side closes. */
  follow(sessionId: string, exchange: Exchange, onOpen: () => void): Promise<StreamEnd> {
    return this.streams.hold(
      exchange,
      async (change) => {
        if (change.kind === 'task') return undefined;
        if (change.kind !== 'resource') return notificationOf(change);
        // Another replica may have taken the subscription.
        const session = await this.sessions.current(sessionId);
        return session?.subscriptions.includes(change.uri) === true ? notificationOf(change) : undefined;
      },
      onOpen,
    );
  }
}
