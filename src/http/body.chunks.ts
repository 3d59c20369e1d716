import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../core/errors.js';
import { parserOf, silenceParser } from './parser.callbacks.js';

/**
 * Chunks that a body may have however small they are. Beyond these each one has to bring MIN_CHUNK_BYTES: Node makes a
 * buffer of each and a call for it, and a read may bring 10,900 of one byte.
 */
export const MAX_SMALL_CHUNKS = 1000;
export const MIN_CHUNK_BYTES = 64;

/** Tells the reader of a body that no more of it will come: `tooManyChunks()` says why. */
export const TOO_MANY_CHUNKS = Symbol('mcpo:too-many-chunks');
/** By how many bytes the chunks have been too small. */
const LACKING = Symbol('mcpo:lacking');
/** How many small chunks a connection has brought in this turn of the event loop, for whichever of its requests. */
const IN_TURN = Symbol('mcpo:in-turn');
const IS_DROPPED = Symbol('mcpo:dropped');

type Incoming = IncomingMessage & {
  readonly _dump: () => void;
  readonly socket: Socket & { [IN_TURN]?: number };
  [TOO_MANY_CHUNKS]?: true;
  [LACKING]?: number;
  [IS_DROPPED]?: true;
};

/** @param prototype the object from which the requests of an application inherit: its chunks are counted */
export function boundChunks(prototype: object): void {
  const base = IncomingMessage.prototype as Incoming;
  Object.assign(prototype, {
    push(this: Incoming, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
      const isCounted = chunk !== null && (chunk.length < MIN_CHUNK_BYTES || this[LACKING] !== undefined);
      if (isCounted) count(this, chunk.length);
      return base.push.call(this, chunk, encoding);
    },
    /** Node calls it when the answer is given and nobody had to wait for the body: one that was read is over then. */
    _dump(this: Incoming): void {
      if (this.readableEnded) return;
      base._dump.call(this);
      dropBody(this);
    },
  });
}

function count(request: Incoming, length: number): void {
  // A body with a length comes in as many pieces as reads, each of which has its own turn.
  if (request.headers['transfer-encoding'] === undefined || hasTooManyChunks(request)) return;
  const lacking = Math.max(0, (request[LACKING] ?? 0) + MIN_CHUNK_BYTES - length);
  request[LACKING] = lacking;
  const inTurn = length < MIN_CHUNK_BYTES ? countInTurn(request.socket) : 0;
  if (lacking <= MAX_SMALL_CHUNKS * MIN_CHUNK_BYTES && inTurn <= MAX_SMALL_CHUNKS) return;
  request[TOO_MANY_CHUNKS] = true;
  dropBody(request);
  request.emit(TOO_MANY_CHUNKS);
}

/** Many bodies that come in one read are no better than one. */
function countInTurn(socket: Incoming['socket']): number {
  if (socket[IN_TURN] === undefined) setImmediate(() => delete socket[IN_TURN]);
  return (socket[IN_TURN] = (socket[IN_TURN] ?? 0) + 1);
}

export const hasTooManyChunks = (request: IncomingMessage): boolean =>
  (request as Incoming)[TOO_MANY_CHUNKS] === true;

export const tooManyChunks = (): AppError =>
  new AppError('bad_request', {
    detail: `The body has more than ${MAX_SMALL_CHUNKS} chunks of fewer than ${MIN_CHUNK_BYTES} bytes`,
    mend: 'Send it with a Content-Length, or in larger chunks.',
  });

/**
 * Lets what still comes of a body flow away, so that the client gets to read the answer, and the next request is heard.
 */
export function dropBody(incoming: IncomingMessage): void {
  const request = incoming as Incoming;
  if (request.complete || request[IS_DROPPED] === true) return;
  request[IS_DROPPED] = true;
  request.resume();
  if (parserOf(request.socket)?.incoming !== request) return;
  const hearAgain = silenceParser(request.socket, ['parserOnBody']);
  request.push = (chunk: unknown, encoding) => {
    if (chunk === null) hearAgain();
    return IncomingMessage.prototype.push.call(request, chunk, encoding);
  };
}
