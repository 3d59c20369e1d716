import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ClientErrors } from './client-errors.service.js';
import { openConnectionsOf } from './open-connections.js';

/**
 * It is for the client to close an idle connection: what it sends on one that we close at that moment is lost. The
 * first is what clients are told (`Keep-Alive: timeout=75`), above the 60 s of nginx towards its upstreams. With the
 * second it is above the 90 s after which Go and reqwest (Rust), which do not heed that, close one themselves.
 */
const KEEP_ALIVE_MS = 75_000;
const KEEP_ALIVE_GRACE_MS = 25_000;
/** The head of a request, and the whole of it, have to arrive within these times. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** A client that has taken none of what waits for it for so long is not reading. */
export const UNREAD_TIMEOUT_MS = 60_000;

/** What holds for a listener, whatever is asked on it. */
export function prepareListener(server: Server, refusals: ClientErrors): void {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.keepAliveTimeoutBuffer = KEEP_ALIVE_GRACE_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.timeout = UNREAD_TIMEOUT_MS;
  server.on('timeout', closeUnlessWorking);
  // A request without Host gets as far as the middlewares, and has its line in the log.
  Object.assign(server, { requireHostHeader: false });
  refusals.watch(server);
  openConnectionsOf(server);
}

/**
 * Nothing has moved on a connection for a while: it is kept alive for nobody, or its client does not read its answer.
 * One on which we are still working, and which has nothing to read, waits for us.
 */
function closeUnlessWorking(socket: Socket & { readonly _httpMessage?: ServerResponse | null }): void {
  const isWorking = (socket._httpMessage ?? undefined) !== undefined;
  if (!isWorking || socket.writableLength > 0) socket.destroy();
}
