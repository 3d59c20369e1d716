import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../core/errors.js';

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
const IS_DROPPED = Symbol('mcpo:dropped');

type Incoming = IncomingMessage & {
  readonly _dump: () => void;
  readonly socket: Socket & { readonly parser?: Parser | null };
  [TOO_MANY_CHUNKS]?: true;
  [LACKING]?: number;
  [IS_DROPPED]?: true;
};

/** Node's parser of HTTP, whose callbacks stand under numbers. It goes on to another connection after this one. */
type Parser = { readonly incoming: IncomingMessage | null; [callback: number]: unknown };

/** @param prototype the object from which the requests of an application inherit: its chunks are counted */
export function boundChunks(prototype: object): void {
  const base = IncomingMessage.prototype as Incoming;
  Object.assign(prototype, {
    push(this: Incoming, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
      const isCounted = chunk !== null && (chunk.length < MIN_CHUNK_BYTES || this[LACKING] !== undefined);
      if (isCounted) count(this, chunk.length);
      return base.push.call(this, chunk, encoding);
    },
    /** Node calls it when the answer is given, and nobody has begun to read the body. */
    _dump(this: Incoming): void {
      base._dump.call(this);
      dropBody(this);
    },
  });
}

/** A body with a length comes in as many pieces as reads, each of which has its own turn. */
function count(request: Incoming, length: number): void {
  const lacking = Math.max(0, (request[LACKING] ?? 0) + MIN_CHUNK_BYTES - length);
  request[LACKING] = lacking;
  if (lacking <= MAX_SMALL_CHUNKS * MIN_CHUNK_BYTES || hasTooManyChunks(request)) return;
  if (request.headers['transfer-encoding'] === undefined) return;
  request[TOO_MANY_CHUNKS] = true;
  dropBody(request);
  request.emit(TOO_MANY_CHUNKS);
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
 * For that Node makes neither buffers nor calls where its parser has no callback for bodies.
 */
export function dropBody(incoming: IncomingMessage): void {
  const request = incoming as Incoming;
  if (request.complete || request[IS_DROPPED] === true) return;
  request[IS_DROPPED] = true;
  request.resume();
  const { parser } = request.socket;
  if (parser === undefined || parser === null || parser.incoming !== request) return;
  const number = bodyCallbackOf(parser);
  if (number !== undefined) deafen(request, parser, number);
}

/** Until the body is complete, or the connection closes, when Node gives the parser to another one. */
function deafen(request: Incoming, parser: Parser, number: number): void {
  const { socket } = request;
  const onBody = parser[number];
  parser[number] = undefined;
  const hearAgain = (): void => {
    parser[number] = onBody;
    socket.off('close', hearAgain);
  };
  request.push = (chunk: unknown, encoding) => {
    if (chunk === null) hearAgain();
    return IncomingMessage.prototype.push.call(request, chunk, encoding);
  };
  // Node's own listener is the one that lets the parser go.
  socket.prependListener('close', hearAgain);
}

/** Under which number a parser has its callback for bodies: Node does not tell. */
function bodyCallbackOf(parser: Parser): number | undefined {
  const numbers = Object.keys(parser).map(Number);
  return numbers.find((number) => (parser[number] as { name?: string } | undefined)?.name === 'parserOnBody');
}
