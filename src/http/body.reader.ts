import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../core/errors.js';
import { HEAVY_LENGTH, turnForHeavyWork } from '../core/turn.js';
import { dropBody, hasTooManyChunks, TOO_MANY_CHUNKS, tooManyChunks } from './body.chunks.js';

const CONTINUE = Symbol('mcpo:continue');

type Held = IncomingMessage & { [CONTINUE]?: () => void };

/** The client asks before it sends its body (RFC 9110, 10.1.1): it is told to when the body is read, and not before. */
export function holdBody(request: IncomingMessage, response: ServerResponse): void {
  (request as Held)[CONTINUE] = () => {
    // Its time was over before anybody wanted to read it: the answer was 408, and nothing of it will come.
    if (response.headersSent) throw new AppError('bad_request', { detail: 'The body did not come in time' });
    response.writeContinue();
  };
}

/**
 * Reads a request body of at most `limit` bytes as UTF-8 text.
 *
 * @throws AppError `payload_too_large` (413) as soon as the limit is known to be passed, `unsupported_encoding` (415)
 * for a compressed body, `parse_error` (400) for bytes that are not UTF-8, `bad_request` when the client goes away, or
 * for too many small chunks.
 */
export function readBody(request: IncomingMessage, limit: number): string | Promise<string> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_encoding', {
      detail: 'The body is compressed, and only uncompressed bodies are read',
    });
  }
  const length = Number(request.headers['content-length']);
  // Compared before anything is read; a false length is caught below.
  if (length > limit) {
    dropBody(request);
    throw tooLarge(limit);
  }
  if (hasTooManyChunks(request)) throw tooManyChunks();
  if (request.headers.expect !== undefined) (request as Held)[CONTINUE]?.();
  // A small body has come with the headers and waits already, most often before Node says that it is complete.
  const isHere = request.complete || request.readableLength === length;
  return isHere ? textOf(takeWaiting(request, limit)) : readInPieces(request, limit);
}

async function readInPieces(request: IncomingMessage, limit: number): Promise<string> {
  const bytes = await collect(request, limit);
  // What is done with it follows at once.
  if (bytes.length > HEAVY_LENGTH) await turnForHeavyWork();
  return textOf(bytes);
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new AppError('parse_error', { detail: 'The body is not valid UTF-8' });
  return bytes.toString('utf8');
}

function takeWaiting(request: IncomingMessage, limit: number): Buffer {
  const waiting = (request.read() as Buffer | null) ?? Buffer.alloc(0);
  if (waiting.length > limit) throw tooLarge(limit);
  return waiting;
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      request.off(TOO_MANY_CHUNKS, onTooMany);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      settle(() => reject(tooLarge(limit)));
      dropBody(request);
    };
    const onTooMany = (): void => settle(() => reject(tooManyChunks()));
    const onEnd = (): void => settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const onClose = (): void =>
      settle(() =>
        reject(new AppError('bad_request', { detail: 'The connection closed before the body was complete' })),
      );
    // Of a client that has gone already nothing is heard any more, not even that it has gone.
    if (request.destroyed) return onClose();
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    request.on(TOO_MANY_CHUNKS, onTooMany);
  });
}

const tooLarge = (limit: number): AppError =>
  new AppError('payload_too_large', {
    detail: `The body has more than ${limit} bytes`,
    data: { limitBytes: limit },
  });
