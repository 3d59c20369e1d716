import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../core/errors.js';
import { silenceParser } from './parser.callbacks.js';

/** How many requests of a connection may wait behind the one that is being answered. */
export const MAX_PIPELINED = 16;

const WAITING = Symbol('mcpo:waiting');

/** The responses whose turn has not come. */
type Pipelined = Socket & { [WAITING]?: Set<ServerResponse> };

/**
 * Whether a request is one too many. Bounds what a client sends without waiting for answers (RFC 9112, 9.3.2): Node
 * hands out at once all that a read has brought, some 1,500 probes. The one beyond is to be refused and the connection
 * to be closed with it; those behind it are not even made. A client has to send again what was not answered.
 */
export function isBeyondLine(response: ServerResponse): boolean {
  // Node gives a response its socket when it is the turn of it.
  if (response.socket !== null) return false;
  const socket = response.req.socket as Pipelined;
  const waiting = (socket[WAITING] ??= new Set());
  waiting.add(response);
  response.once('close', () => waiting.delete(response));
  if (waiting.size <= MAX_PIPELINED) return false;
  socket.pause();
  silenceParser(socket);
  return true;
}

/** Ends those who wait for their turn on a connection that Node has let go of. */
export function endWaiting(socket: Pipelined): void {
  for (const response of socket[WAITING] ?? []) response.destroy();
}

export const tooManyInLine = (): AppError =>
  new AppError('bad_request', {
    detail: `More than ${MAX_PIPELINED} requests wait for their answers on this connection`,
    mend: 'Wait for answers, or open more connections.',
    headers: { Connection: 'close' },
  });
