import { createConnection, type Socket } from 'node:net';
import type { TargetAddress } from './target.js';

/**
 * Why there is no connection. `refused`: a reset. `filtered`: no answer at all. `unreachable`: a router, or this
 * machine for want of a route, says so. `not_sent`: the machine itself sent nothing. `cut_off`: the caller stopped.
 */
export const DIAL_FAILURES = ['refused', 'filtered', 'unreachable', 'not_sent', 'cut_off'] as const;

export interface DialFailure {
  readonly state: (typeof DIAL_FAILURES)[number];
  /** The error of the kernel, such as ECONNREFUSED; `null` for silence. */
  readonly code: string | null;
}

export interface Dialled {
  /** Milliseconds until the handshake, or the failure, was there. */
  readonly ms: number;
  /** Connected, with a listener of `error` of its own, and whoever dialled destroys it. */
  readonly socket?: Socket;
  readonly failure?: DialFailure;
}

export interface DialOptions {
  readonly port: number;
  /** Milliseconds that a silent target is waited for. */
  readonly waitMs: number;
  readonly stop: AbortSignal;
}

/** EACCES is what a filter on the way says over IPv6, and a prohibit route of this machine (RFC 4443, 3.1, code 1). */
const UNREACHABLE: ReadonlySet<string> = new Set([
  ...['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EACCES'],
]);

/** A handshake of TCP (RFC 9293, 3.5) with one address, and no other: nothing is resolved. */
export async function dial(
  { address, family }: TargetAddress,
  { port, waitMs, stop }: DialOptions,
): Promise<Dialled> {
  if (stop.aborted) return { ms: 0, failure: { state: 'cut_off', code: null } };
  const begin = performance.now();
  const socket = createConnection({ host: address, port, family: family === 'ipv4' ? 4 : 6 });
  const { promise, resolve } = Promise.withResolvers<DialFailure | null>();
  const timer = setTimeout(() => resolve({ state: 'filtered', code: null }), waitMs);
  const abandon = (): void => resolve({ state: 'cut_off', code: null });
  stop.addEventListener('abort', abandon, { once: true });
  socket.once('connect', () => resolve(null));
  // Stays for good: an error of a socket that nobody listens to ends the process.
  socket.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => resolve(failureOf(code)));
  const failure = await promise;
  const ms = roundMs(performance.now() - begin);
  clearTimeout(timer);
  stop.removeEventListener('abort', abandon);
  if (failure === null) return { ms, socket };
  socket.destroy();
  return { ms, failure };
}

function failureOf(code: string): DialFailure {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { state: 'refused', code };
  if (code === 'ETIMEDOUT') return { state: 'filtered', code };
  return { state: UNREACHABLE.has(code) ? 'unreachable' : 'not_sent', code };
}

/** What a person reads of it, as the end of a sentence. */
export function dialFailureWords({ state, code }: DialFailure): string {
  const reason = code === null ? '' : ` (${code})`;
  switch (state) {
    case 'refused':
      return `the port is closed: the connection was refused${reason}`;
    case 'filtered':
      return `no answer to the handshake, as behind a firewall that drops${reason}`;
    case 'unreachable':
      return `there is no way to the address${reason}`;
    case 'not_sent':
      return `this machine sent nothing${reason}`;
    case 'cut_off':
      return 'the time was up';
    default:
      return state satisfies never;
  }
}

/** To a thousandth. */
export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;
