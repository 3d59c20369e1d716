import { createConnection, isIP, type TcpNetConnectOpts } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { ToolError } from '../../tools/tool-error.js';
import { ownerOf, Slots } from '../host/slots.js';
import type { TargetAddress } from '../target/target.js';
import { type Echo, type EchoOptions, type EchoOutcome, WAIT_MS } from './echo.port.js';
import type { Request } from './measurement.js';

/** After this the kernel sends its first packet again (RFC 6298, 2.1). */
const RETRANSMISSION_MS = 1_000;
/** Of all calls together, of which one principal has a share; a handshake that finds no place waits for one. */
export const MAX_HANDSHAKES = 256;
/** What the kernel says before it has sent anything. */
const NOT_SENT: ReadonlySet<string> = new Set([
  ...[
    'EADDRNOTAVAIL',
    'EADDRINUSE',
    'EAFNOSUPPORT',
    'ENETUNREACH',
    'EINVAL',
    'EMFILE',
    'ENFILE',
    'ENOBUFS',
    'EACCES',
    'EPERM',
  ],
]);
const REPEATED_REMARK =
  'A handshake that took a second or more may have been answered only after its first packet was sent again.';

type Fate = 'open' | 'refused' | 'silent' | 'pending' | { readonly code: string };

/**
 * Handshakes of TCP (RFC 9293, 3.5) instead of echo requests: they need no privilege and no program. A port that is
 * closed answers as well, by a reset; a firewall that drops is silent.
 */
@Injectable()
export class TcpEcho implements Echo {
  private readonly slots: Slots;

  constructor(@Optional() @Inject(Configuration) config?: Pick<Configuration, 'sharePercent'>) {
    this.slots = new Slots(MAX_HANDSHAKES, config?.sharePercent);
  }

  async echo(
    target: TargetAddress,
    options: EchoOptions,
    signal: AbortSignal,
    until: AbortSignal,
  ): Promise<EchoOutcome> {
    const { source } = options;
    if (source !== undefined && isIP(source) === 0) {
      throw new ToolError(
        'not_supported',
        'A TCP handshake cannot be bound to an interface.',
        'Give an address as "source".',
      );
    }
    const stop = AbortSignal.any([signal, until]);
    const owner = ownerOf(options.principal);
    const handshakes: Promise<Handshake>[] = [];
    for (let seq = 1; seq <= options.count && !stop.aborted; seq += 1) {
      if (seq > 1) await setTimeout(options.intervalMs, undefined, { signal: stop }).catch(() => undefined);
      if (!(await this.slots.take(stop, owner))) break;
      handshakes.push(handshake(seq, target, options, stop).finally(() => this.slots.give(owner)));
    }
    const done = await Promise.all(handshakes);
    signal.throwIfAborted();
    const sent = done.filter(({ fate }) => typeof fate !== 'object' || !NOT_SENT.has(fate.code));
    const failures = done.flatMap(({ fate }) => (typeof fate === 'object' ? [fate.code] : []));
    const isSlow = done.some(({ fate, ms }) => isAnswer(fate) && ms >= RETRANSMISSION_MS);
    if (sent.length === 0 && failures.length > 0)
      throw new ToolError(
        'tool_failed',
        `No handshake with ${target.address} could be begun: ${failures[0]}.`,
        'Look at "source", at the routes and at the limits of the server.',
      );
    return {
      requests: sent.map((shake) => toRequest(shake, target.address)),
      localErrors: [...new Set(failures)].map((code) => `connect: ${code}`),
      remarks: isSlow ? [REPEATED_REMARK] : [],
    };
  }
}

interface Handshake {
  readonly seq: number;
  readonly fate: Fate;
  /** Milliseconds. */
  readonly ms: number;
}

async function handshake(
  seq: number,
  { address, family }: TargetAddress,
  { port, source }: EchoOptions,
  stop: AbortSignal,
): Promise<Handshake> {
  const options: TcpNetConnectOpts = {
    host: address,
    port,
    family: family === 'ipv4' ? 4 : 6,
    ...(source !== undefined && { localAddress: source }),
  };
  const begin = performance.now();
  const socket = createConnection(options);
  const { promise, resolve } = Promise.withResolvers<Fate>();
  const timer = globalThis.setTimeout(resolve, WAIT_MS, 'silent');
  const abandon = (): void => resolve('pending');
  stop.addEventListener('abort', abandon, { once: true });
  socket.once('connect', () => resolve('open'));
  socket.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => resolve(fateOf(code)));
  const fate = await promise;
  const ms = performance.now() - begin;
  clearTimeout(timer);
  stop.removeEventListener('abort', abandon);
  socket.destroy();
  return { seq, fate, ms };
}

function fateOf(code: string): Fate {
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ETIMEDOUT' ? 'silent' : { code };
}

const isAnswer = (fate: Fate): fate is 'open' | 'refused' => fate === 'open' || fate === 'refused';

function toRequest({ seq, fate, ms }: Handshake, from: string): Request {
  const rounded = Math.round(ms * 1000) / 1000;
  return {
    seq,
    replies: isAnswer(fate) ? [{ seq, from, ttl: null, ms: rounded, duplicate: false, notes: [fate] }] : [],
    icmpErrors: [],
    pending: fate === 'pending',
  };
}
