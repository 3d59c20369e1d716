import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject, McpLogLevel } from '../../core/client.port.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { orUnavailable } from '../../storage/storage-failure.js';
import type { Exchange } from '../client/exchange.port.js';
import { type Session, SessionStore } from './session.store.port.js';

/** More resources than this cannot be subscribed to in one session. */
const MAX_SUBSCRIPTIONS = 1000;

/** The sessions of the handshake era, each its principal's alone. */
@Injectable()
export class Sessions {
  constructor(@Inject(SessionStore) private readonly store: SessionStore) {}

  /** @throws AppError `storage_unavailable` */
  async begin(principal: Principal, revision: string, capabilities: JsonObject): Promise<Session> {
    const session: Session = {
      id: randomUUID(),
      principalId: principal.id,
      revision,
      capabilities,
      logLevel: undefined,
      subscriptions: [],
    };
    await orUnavailable(this.store.create(session));
    return session;
  }

  /** @throws AppError `session_not_found` for one that has ended or is somebody else's. */
  async find(id: string, principal: Principal): Promise<Session> {
    const session = await orUnavailable(this.store.find(id));
    if (session === undefined || session.principalId !== principal.id) {
      throw new AppError('session_not_found', { detail: 'Mcp-Session-Id names no session of yours' });
    }
    return session;
  }

  /** The session that a message names, if it names one. Rejects as `find` does. */
  namedBy({ sessionId, principal }: Pick<Exchange, 'sessionId' | 'principal'>): Promise<Session> | undefined {
    return sessionId === undefined ? undefined : this.find(sessionId, principal);
  }

  /** The session as it is now, for a stream that lives longer than one request. Its time begins anew. */
  current(id: string): Promise<Session | undefined> {
    return this.store.find(id);
  }

  async setLogLevel(session: Session, level: McpLogLevel): Promise<void> {
    await orUnavailable(this.store.setLogLevel(session.id, level));
  }

  async subscribe(session: Session, uri: string): Promise<void> {
    if (session.subscriptions.length >= MAX_SUBSCRIPTIONS) {
      throw new AppError('invalid_params', {
        detail: `The session has ${MAX_SUBSCRIPTIONS} subscriptions already: unsubscribe from some first`,
      });
    }
    await orUnavailable(this.store.addSubscription(session.id, uri));
  }

  async unsubscribe(session: Session, uri: string): Promise<void> {
    await orUnavailable(this.store.removeSubscription(session.id, uri));
  }

  async end(session: Session): Promise<void> {
    await orUnavailable(this.store.remove(session.id));
  }
}
