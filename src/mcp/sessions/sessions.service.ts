import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject, McpLogLevel } from '../../core/client.port.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { orUnavailable } from '../../storage/storage-failure.js';
import { declaredCapabilities } from './declared-capabilities.js';
import { type Session, SessionStore } from './session.store.port.js';

/** More resources than this cannot be subscribed to in one session. */
export const MAX_SUBSCRIPTIONS = 1000;
/** UTF-16 units of their URIs together. */
export const MAX_SUBSCRIPTIONS_LENGTH = 128 * 1024;

/** Characters; ours have 36. */
const MAX_ID = 128;

/** What of a message names a session, and whose it has to be. */
interface Naming {
  readonly sessionId: string | undefined;
  readonly principal: Principal;
}

/** The sessions of the handshake era, each its principal's alone. */
@Injectable()
export class Sessions {
  constructor(@Inject(SessionStore) private readonly store: SessionStore) {}

  /** @throws AppError `storage_unavailable`, `storage_full` */
  async begin(principal: Principal, revision: string, capabilities: JsonObject): Promise<Session> {
    const session: Session = {
      id: randomUUID(),
      principalId: principal.id,
      revision,
      capabilities: declaredCapabilities(capabilities),
      logLevel: undefined,
      subscriptions: [],
    };
    await orUnavailable(this.store.create(session));
    return session;
  }

  /** @throws AppError `session_not_found` for one that has ended or is somebody else's. */
  async find(id: string, principal: Principal): Promise<Session> {
    const isPossible = id.length <= MAX_ID;
    const session = isPossible ? await orUnavailable(this.store.find(principal.id, id)) : undefined;
    if (session === undefined) {
      throw new AppError('session_not_found', { detail: 'Mcp-Session-Id names no session of yours' });
    }
    return session;
  }

  /** The session that a message names, if it names one. Rejects as `find` does. */
  namedBy({ sessionId, principal }: Naming): Promise<Session> | undefined {
    return sessionId === undefined ? undefined : this.find(sessionId, principal);
  }

  /** The session as it is now, for a stream that lives longer than one request. Its time begins anew. */
  current(id: string, principal: Principal): Promise<Session | undefined> {
    return this.store.find(principal.id, id);
  }

  async setLogLevel(session: Session, level: McpLogLevel): Promise<void> {
    await orUnavailable(this.store.setLogLevel(session.principalId, session.id, level));
  }

  /** @throws AppError `invalid_params` for one too many, `storage_unavailable`, `storage_full` */
  async subscribe({ principalId, id, subscriptions }: Session, uri: string): Promise<void> {
    const length = subscriptions.reduce((sum, subscribed) => sum + subscribed.length, uri.length);
    if (subscriptions.length >= MAX_SUBSCRIPTIONS || length > MAX_SUBSCRIPTIONS_LENGTH) {
      const bound = `${MAX_SUBSCRIPTIONS} subscriptions, or ${MAX_SUBSCRIPTIONS_LENGTH} characters of their URIs`;
      throw new AppError('invalid_params', {
        detail: `A session has at most ${bound}: unsubscribe from some first`,
      });
    }
    await orUnavailable(this.store.addSubscription(principalId, id, uri));
  }

  async unsubscribe(session: Session, uri: string): Promise<void> {
    await orUnavailable(this.store.removeSubscription(session.principalId, session.id, uri));
  }

  async end(session: Session): Promise<void> {
    await orUnavailable(this.store.remove(session.principalId, session.id));
  }
}
