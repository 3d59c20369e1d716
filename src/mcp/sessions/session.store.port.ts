import type { Bounds } from '../../core/bounds/bounded-store.js';
import type { JsonObject, McpLogLevel } from '../../core/client.port.js';

/**
 * Of all sessions together; more for more than 16,384 sessions, so that {@link BYTES_PER_SESSION} are there for each.
 */
export const MIN_SESSIONS_BYTES = 32 * 1024 * 1024;
export const BYTES_PER_SESSION = 2048;

/** @param entries MCP_MAX_SESSIONS */
export const sessionBounds = (entries: number): Bounds => ({
  entries,
  bytes: Math.max(MIN_SESSIONS_BYTES, entries * BYTES_PER_SESSION),
});

/** What is remembered of a client of the handshake era between its requests. */
export interface Session {
  readonly id: string;
  /** Whoever else names the session is told that there is none. */
  readonly principalId: string;
  readonly revision: string;
  readonly capabilities: JsonObject;
  readonly logLevel: McpLogLevel | undefined;
  /** URIs of the resources whose changes the client wants to hear of. */
  readonly subscriptions: readonly string[];
}

/**
 * Keeps sessions until they have not been used for MCP_SESSION_TTL_MS. A session is found under its owner and its id
 * only. It makes room for further ones of its owner when it is the one that was unused for longest.
 */
export interface SessionStore {
  /** @throws AppError `storage_full` */
  create(session: Session): Promise<void>;
  /** The session, if it has not expired; its time begins anew. */
  find(owner: string, id: string): Promise<Session | undefined>;
  setLogLevel(owner: string, id: string, level: McpLogLevel): Promise<void>;
  /** @throws AppError `storage_full` */
  addSubscription(owner: string, id: string, uri: string): Promise<void>;
  removeSubscription(owner: string, id: string, uri: string): Promise<void>;
  remove(owner: string, id: string): Promise<void>;
}

export const SessionStore = Symbol('SessionStore');
