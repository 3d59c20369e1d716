/** Names the session of a client of the handshake era (2025-11-25, basic/transports, "Session Management"). */
export const SESSION_HEADER = 'Mcp-Session-Id';

/** The same, as Node spells it on requests. */
export const SESSION_FIELD = 'mcp-session-id';
