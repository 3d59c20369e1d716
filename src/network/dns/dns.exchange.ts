import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { dial, roundMs } from '../target/dial.js';
import type { TargetAddress } from '../target/target.js';
import { answers, encodeQuery, type Query } from './dns-message.js';

/** Messages that answer something else; a flood of them ends the attempt. */
export const MAX_IGNORED = 100;
/** RFC 1035, 4.2.2: two bytes of length, and the message. */
const MAX_FRAME = 2 + 0xffff;

export interface DnsServer extends TargetAddress {
  readonly port: number;
}

/** What became of one question to one server. */
export interface Exchange {
  readonly ms: number;
  readonly transport: 'udp' | 'tcp';
  /** The message; `null` without one. */
  readonly message: Buffer | null;
  /** Why there is none: nothing came, nothing could come (with the error of the kernel), or the caller stopped. */
  readonly failure: {
    readonly kind: 'timeout' | 'unreachable' | 'cut_off';
    readonly code: string | null;
  } | null;
  /** Messages from the server that did not answer the question. */
  readonly ignored: number;
}

export interface ExchangeOptions {
  /** Milliseconds for the whole. */
  readonly waitMs: number;
  /** UDP: the question is sent again after so many milliseconds. */
  readonly repeatMs: number;
  readonly stop: AbortSignal;
}

type Failure = NonNullable<Exchange['failure']>;
type Ending = { readonly message: Buffer } | { readonly failure: Failure };

const SILENCE: Failure = { kind: 'timeout', code: null };

/** A fresh id for each question: with the port it is all that a forger has to guess (RFC 5452). */
export const newId = (): number => randomInt(0x1_0000);

/** RFC 1035, 4.2.1. The socket is connected: the kernel takes packets from the server alone, and tells its errors. */
export async function askOverUdp(
  server: DnsServer,
  query: Query,
  { waitMs, repeatMs, stop }: ExchangeOptions,
): Promise<Exchange> {
  const begin = performance.now();
  const packet = encodeQuery(query);
  const socket = createSocket(server.family === 'ipv4' ? 'udp4' : 'udp6');
  const { promise, resolve } = Promise.withResolvers<Ending>();
  let ignored = 0;
  const fail = ({ code = 'unknown error' }: NodeJS.ErrnoException): void =>
    resolve({ failure: { kind: 'unreachable', code } });
  const send = (): void => socket.send(packet, (error) => error && fail(error));
  socket.on('error', fail);
  socket.on('message', (message) => {
    if (answers(message, query)) resolve({ message });
    else if (++ignored >= MAX_IGNORED) resolve({ failure: SILENCE });
  });
  let repeating: NodeJS.Timeout | undefined;
  socket.connect(server.port, server.address, (error?: Error) => {
    if (error) return fail(error);
    send();
    repeating = setInterval(send, repeatMs);
  });
  const ending = await ended(promise, resolve, waitMs, stop);
  clearInterval(repeating);
  socket.close();
  return exchangeOf(ending, 'udp', begin, ignored);
}

/** RFC 1035, 4.2.2, and RFC 7766. */
export async function askOverTcp(
  server: DnsServer,
  query: Query,
  { waitMs, stop }: ExchangeOptions,
): Promise<Exchange> {
  const begin = performance.now();
  const { socket, failure } = await dial(server, { port: server.port, waitMs, stop });
  if (socket === undefined) {
    const { state, code } = failure!;
    const kind = state === 'cut_off' ? state : state === 'filtered' ? 'timeout' : 'unreachable';
    return exchangeOf({ failure: { kind, code } }, 'tcp', begin, 0);
  }
  try {
    const packet = encodeQuery(query);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(packet.length);
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const count = receive(socket, query, resolve);
    socket.write(Buffer.concat([length, packet]));
    const left = Math.max(0, waitMs - (performance.now() - begin));
    const ending = await ended(promise, resolve, left, stop);
    return exchangeOf(ending, 'tcp', begin, count.ignored);
  } finally {
    socket.destroy();
  }
}

/** Takes frame after frame until one is the answer. What is kept is one frame at most, and counted before it is. */
function receive(socket: Socket, query: Query, resolve: (ending: Ending) => void): { ignored: number } {
  const count = { ignored: 0 };
  const frame = Buffer.alloc(MAX_FRAME);
  let held = 0;
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      const wanted = held < 2 ? 2 : 2 + frame.readUInt16BE(0);
      const copied = chunk.copy(frame, held, at, at + wanted - held);
      held += copied;
      at += copied;
      if (held < 2 || held < 2 + frame.readUInt16BE(0)) continue;
      const message = Buffer.from(frame.subarray(2, held));
      held = 0;
      if (answers(message, query)) return resolve({ message });
      if (++count.ignored >= MAX_IGNORED) return resolve({ failure: SILENCE });
    }
  });
  const closed = (code: string) => (): void => resolve({ failure: { kind: 'unreachable', code } });
  socket.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => closed(code)());
  socket.once('end', closed('closed without an answer'));
  return count;
}

async function ended(
  promise: Promise<Ending>,
  resolve: (ending: Ending) => void,
  waitMs: number,
  stop: AbortSignal,
): Promise<Ending> {
  const timer = setTimeout(resolve, waitMs, { failure: SILENCE });
  const abandon = (): void => resolve({ failure: { kind: 'cut_off', code: null } });
  stop.addEventListener('abort', abandon, { once: true });
  if (stop.aborted) abandon();
  const ending = await promise;
  clearTimeout(timer);
  stop.removeEventListener('abort', abandon);
  return ending;
}

function exchangeOf(
  ending: Ending,
  transport: Exchange['transport'],
  begin: number,
  ignored: number,
): Exchange {
  return {
    ms: roundMs(performance.now() - begin),
    transport,
    ignored,
    message: 'message' in ending ? ending.message : null,
    failure: 'failure' in ending ? ending.failure : null,
  };
}
