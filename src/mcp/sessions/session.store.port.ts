import type { JsonObject, McpLogLevel } from '../../core/client.port.js';

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

/** Keeps sessions until they have not been used for MCP_SESSION_TTL_MS. */
export interface SessionStore {
  create(session: Session): Promise<void>;
  /** The session, if it has not expired; its time begins anew. */
  find(id: string): Promise<Session | undefined>;
  setLogLevel(id: string, level: McpLogLevel): Promise<void>;
  addSubscription(id: string, uri: string): Promise<void>;
  removeSubscription(id: string, uri: string): Promise<void>;
  remove(id: string): Promise<void>;
}

export const SessionStore = Symbol('SessionStore');
