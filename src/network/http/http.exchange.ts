import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { GatheredPieces } from '../../resilience/http/gathered-pieces.js';
import { boundInterimAnswers } from '../../resilience/http/interim-answers.js';
import { roundMs } from '../target/dial.js';

/** Bytes of a body that are read, for its time and length. */
export const MAX_READ = 1024 * 1024;
/** Of the head of an answer. */
const MAX_HEAD_BYTES = 32 * 1024;

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly httpVersion: string;
  /** Name and value by turns, as they came. */
  readonly rawHeaders: readonly string[];
  /** Milliseconds from the request to the head, and from there to the end of the body. */
  readonly firstByteMs: number;
  readonly bodyMs: number | null;
  readonly bytes: number;
  /** The beginning of the body. */
  readonly beginning: Buffer;
  /** Why the body has not come to its end; `null` when it has, or was enough. */
  readonly broken: string | null;
}

export interface HttpFailure {
  readonly code: string;
  readonly message: string;
}

interface ExchangeOptions {
  readonly waitMs: number;
  readonly stop: AbortSignal;
  /** Bytes of the body that are kept. */
  readonly keep: number;
}

/** One request over that socket, and no other: nothing is resolved or connected. The socket is used up. */
export async function exchange(
  socket: Socket,
  { method, path, headers }: HttpRequest,
  { waitMs, stop, keep }: ExchangeOptions,
): Promise<HttpAnswer | HttpFailure> {
  const begin = performance.now();
  const { promise, resolve } = Promise.withResolvers<IncomingMessage | HttpFailure>();
  const outgoing = request({
    createConnection: () => socket,
    ...{ method, path, headers, setHost: false, maxHeaderSize: MAX_HEAD_BYTES },
  });
  boundInterimAnswers(outgoing);
  outgoing.on('response', resolve);
  outgoing.on('upgrade', resolve);
  outgoing.on('error', ({ code = 'closed', message }: NodeJS.ErrnoException) => resolve({ code, message }));
  const timer = setTimeout(() => resolve({ code: 'timeout', message: 'no answer to the request' }), waitMs);
  const abandon = (): void => {
    resolve({ code: 'cut_off', message: 'the time was up' });
    outgoing.destroy();
  };
  stop.addEventListener('abort', abandon, { once: true });
  if (stop.aborted) abandon();
  outgoing.end();
  try {
    const response = await promise;
    if ('code' in response) return response;
    const headAt = performance.now();
    const body = await bodyOf(response, keep, stop);
    return {
      status: response.statusCode ?? 0,
      reason: response.statusMessage ?? '',
      httpVersion: response.httpVersion,
      rawHeaders: response.rawHeaders,
      firstByteMs: roundMs(headAt - begin),
      bodyMs: body.broken === null ? roundMs(performance.now() - headAt) : null,
      ...body,
    };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', abandon);
    outgoing.destroy();
    socket.destroy();
  }
}

async function bodyOf(
  response: IncomingMessage,
  keep: number,
  stop: AbortSignal,
): Promise<{ bytes: number; beginning: Buffer; broken: string | null }> {
  const kept: Buffer[] = [];
  let bytes = 0;
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const pass = (piece: Buffer): void => {
    const left = keep - bytes;
    if (left > 0) kept.push(Buffer.from(piece.subarray(0, left)));
    bytes += piece.length;
    if (bytes >= MAX_READ) resolve(null);
  };
  const fail = (error: NodeJS.ErrnoException): void =>
    resolve(stop.aborted ? 'cut_off' : (error.code ?? 'closed'));
  const pieces = new GatheredPieces(response, pass, fail);
  response.on('data', (piece: Buffer<ArrayBuffer>) => pieces.add(piece));
  response.on('end', () => {
    pieces.flush();
    resolve(null);
  });
  response.on('error', (error) => {
    pieces.flush();
    fail(error);
  });
  const broken = await promise;
  return { bytes, beginning: Buffer.concat(kept), broken };
}
