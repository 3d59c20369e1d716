import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../core/errors.js';
import { abortWithoutStacks } from './abort-without-stacks.js';

/** How many requests of a connection may wait behind the one that is being answered. */
export const MAX_PIPELINED = 16;

/** In the line: it is answered in its turn. Beyond: it is refused. Behind that nobody looks. */
type PlaceInLine = 'within' | 'beyond' | 'behind';

const LINE = Symbol('mcpo:line');

type Pipelined = Socket & { [LINE]?: { waiting: number; isClosed: boolean } };

/**
 * Bounds what a client sends without waiting for answers (RFC 9112, 9.3.2): Node hands out at once all that a read has
 * brought, some 1,500 probes. The one beyond is to be refused and the connection to be closed with it; of those behind
 * it nothing is read. A client has to send again what was not answered.
 */
export function placeInLine(response: ServerResponse): PlaceInLine {
  const socket = response.req.socket as Pipelined;
  if (socket[LINE]?.isClosed === true) return 'behind';
  // Node gives a response its socket when it is the turn of it.
  if (response.socket !== null) return 'within';
  const line = (socket[LINE] ??= { waiting: 0, isClosed: false });
  line.waiting += 1;
  response.once('close', () => (line.waiting -= 1));
  if (line.waiting <= MAX_PIPELINED) return 'within';
  line.isClosed = true;
  socket.pause();
  abortWithoutStacks(socket);
  return 'beyond';
}

export const tooManyInLine = (): AppError =>
  new AppError('bad_request', {
    detail: `More than ${MAX_PIPELINED} requests wait for their answers on this connection`,
    mend: 'Wait for answers, or open more connections.',
    headers: { Connection: 'close' },
  });
