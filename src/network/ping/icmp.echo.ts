import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { cut, quote } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';
import { exitFailure } from '../host/program-failure.js';
import { ProgramRunner, type ProgramResult } from '../host/program-runner.js';
import { ProgramVariants, type Variant } from '../host/program-variants.js';
import { ownerOf, type SlotOwner, Slots } from '../host/slots.js';
import type { TargetAddress } from '../target/target.js';
import { type Echo, type EchoOptions, type EchoOutcome, WAIT_MS } from './echo.port.js';
import type { Request } from './measurement.js';
import {
  isHeader,
  isValid,
  parsePing,
  parsePingLine,
  type ParsedPing,
  type PingLine,
} from './ping.parser.js';
import { pingCommand, type PingCommand } from './ping-arguments.js';

/** Of one request: about a hundred duplicates. */
const MAX_OUTPUT_BYTES = 8 * 1024;
/** Of all calls together, of which one principal has a share; a request that finds no place waits for one. */
const MAX_PROCESSES = 256;
const MAX_LOCAL_ERRORS = 10;
const MAX_QUOTE = 1_000;
const BUSYBOX_REMARK =
  'The ping of BusyBox does not tell of ICMP errors: an address that is unreachable looks silent here.';
/** Most that a ping is given to say that it begins, for those that say so; others keep that line until the next one. */
const START_MS: Partial<Record<Variant, number>> = { iputils: 10_000 };
/** These say where to send or how fast, and the answer may still come. */
const NOT_FINAL = /^(?:Redirect|Source Quench)/;

/**
 * Echo requests by the program ping, of whichever make. Each request has a process of its own: there is no ping that
 * waits for late answers to several requests for a time that one can choose.
 */
@Injectable()
export class IcmpEcho implements Echo {
  private readonly slots: Slots;
  /** Ends of those that are settled, and listen for duplicates as long as nobody needs their place. */
  private readonly listening = new Map<() => void, SlotOwner>();

  /** @param config - none where the tools run alone: there is one caller then, who has all places. */
  constructor(
    private readonly runner: ProgramRunner,
    private readonly variants: ProgramVariants,
    @Optional() @Inject(Configuration) config?: Pick<Configuration, 'sharePercent'>,
  ) {
    this.slots = new Slots(MAX_PROCESSES, config?.sharePercent);
  }

  async echo(
    target: TargetAddress,
    options: EchoOptions,
    signal: AbortSignal,
    until: AbortSignal,
  ): Promise<EchoOutcome> {
    const variant = await this.variants.of('ping', signal);
    const command = pingCommand(variant, target, options);
    const owner = ownerOf(options.principal);
    // Ends what still listens: when all is settled, when the time is up, or when the first has failed.
    const ending = new AbortController();
    const finish = AbortSignal.any([ending.signal, until]);
    const stop = AbortSignal.any([finish, signal]);
    const requests: Promise<Single>[] = [];
    const open = new Set<number>();
    const settle = (seq: number): void => {
      open.delete(seq);
      if (open.size === 0 && requests.length === options.count) ending.abort();
    };
    for (let seq = 1; seq <= options.count && !finish.aborted; seq += 1) {
      if (seq > 1) await pause(options.intervalMs, stop);
      if (this.slots.areTakenFor(owner)) this.endOne(owner);
      if (!(await this.slots.take(stop, owner))) break;
      open.add(seq);
      const waitMs = options.waitMs ?? WAIT_MS;
      const single = this.single(seq, command, { signal, finish, settle, owner, variant, waitMs });
      requests.push(single);
      // Nothing can be sent at all: the others would meet the same.
      single.then(
        ({ parsed }) => parsed.started || ending.abort(),
        () => ending.abort(),
      );
    }
    const outcomes = await Promise.allSettled(requests);
    signal.throwIfAborted();
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    const singles = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    return sumUp(singles, variant, target.address);
  }

  /**
   * One request, from its start until it is told to finish. It is settled before that, once its fate is known. The wait
   * begins when ping has begun: on a busy machine that is seconds after it was asked to.
   */
  private async single(seq: number, { program, args }: PingCommand, call: SingleCall): Promise<Single> {
    const { signal, finish, settle, owner, variant, waitMs } = call;
    let isSettled = false;
    const own = new AbortController();
    const end = (): void => own.abort();
    const settled = (): void => {
      isSettled = true;
      clearTimeout(timer);
      settle(seq);
      if (this.slots.areWantedFrom(owner)) end();
      else this.listening.set(end, owner);
    };
    let timer: NodeJS.Timeout | undefined;
    const onStart = (): void => {
      timer ??= globalThis.setTimeout(settled, waitMs + (START_MS[variant] ?? 0));
    };
    const onLine = (line: string): void => {
      if (isConclusive(parsePingLine(line))) settled();
      else if (isHeader(line) && !isSettled) {
        clearTimeout(timer);
        timer = globalThis.setTimeout(settled, waitMs);
      }
    };
    try {
      const result = await this.runner.run(program, args, {
        signal,
        until: AbortSignal.any([finish, own.signal]),
        onStart,
        onLine,
        maxOutputBytes: MAX_OUTPUT_BYTES,
      });
      const isCutOff = finish.aborted || result.exitCode === null;
      return { seq, result, parsed: parsePing(result.stdout), pending: !isSettled && isCutOff };
    } finally {
      this.slots.give(owner);
      settled();
      this.listening.delete(end);
    }
  }

  /** Has one that only listens give way: one's own where the share is used up. */
  private endOne(owner: SlotOwner): void {
    const isOwn = this.slots.isShareTaken(owner);
    for (const [end, other] of this.listening) {
      if (isOwn && other !== owner) continue;
      this.listening.delete(end);
      end();
      return;
    }
  }
}

interface SingleCall {
  readonly signal: AbortSignal;
  readonly finish: AbortSignal;
  readonly settle: (seq: number) => void;
  readonly owner: SlotOwner;
  readonly variant: Variant;
  readonly waitMs: number;
}

interface Single {
  readonly seq: number;
  readonly result: ProgramResult;
  readonly parsed: ParsedPing;
  readonly pending: boolean;
}

function isConclusive(line: PingLine | null): boolean {
  if (line?.kind === 'reply') return isValid(line.reply);
  return line?.kind === 'error' && !NOT_FINAL.test(line.error.message);
}

function sumUp(singles: readonly Single[], variant: Variant, address: string): EchoOutcome {
  const started = singles.filter(({ parsed }) => parsed.started);
  const mute = singles.find(({ result, parsed }) => result.exitCode !== null && !parsed.started);
  if (started.length === 0 && mute) {
    const { stdout, stderr } = mute.result;
    throw stderr.trim() === '' && stdout !== ''
      ? notUnderstood(mute, variant)
      : exitFailure('ping', stderr, address);
  }
  const odd = started.find((single) => !isUnderstood(single, variant));
  if (odd) throw notUnderstood(odd, variant);
  return {
    requests: started.map(({ seq, parsed, pending }) => toRequest(seq, parsed, pending)),
    localErrors: distinctLines(singles.map(({ result }) => result.stderr).join('\n')),
    remarks: remarksOn(started, variant),
  };
}

function remarksOn(singles: readonly Single[], variant: Variant): string[] {
  const isSilent = singles.some(({ parsed }) => !parsed.replies.some(isValid));
  const isFlooded = singles.some(({ result }) => result.stdout.length >= MAX_OUTPUT_BYTES);
  return [
    ...(variant === 'busybox' && isSilent ? [BUSYBOX_REMARK] : []),
    ...(isFlooded ? ['There were more answers than are counted here.'] : []),
  ];
}

/** A number that does not fit to what ping itself has counted is none, and neither is what has not been counted. */
function isUnderstood({ parsed, result, pending }: Single, variant: Variant): boolean {
  const { replies, summary } = parsed;
  const valid = replies.filter((reply) => isValid(reply) && !reply.duplicate).length;
  if (summary !== null) return summary.received === 0 || valid > 0;
  // It was killed, too early or too late to sum up.
  const isCutOff = pending || (result.exitCode === null && variant !== 'unknown');
  return valid > 0 || isCutOff;
}

function notUnderstood({ result }: Single, variant: Variant): ToolError {
  const make = variant === 'unknown' ? 'of an unknown make' : `of ${variant}`;
  return new ToolError(
    'tool_failed',
    `The output of the ping ${make} is not understood: ${quote(result.stdout, MAX_QUOTE)}.`,
    'Read that text, or install the ping of iputils (Debian, Ubuntu: apt-get install iputils-ping).',
    { output: cut(result.stdout, MAX_OUTPUT_BYTES) },
  );
}

/** Each process counts by itself, from 0 or 1. */
function toRequest(seq: number, { replies, icmpErrors }: ParsedPing, pending: boolean): Request {
  return {
    seq,
    replies: replies.map((reply) => ({ ...reply, seq })),
    icmpErrors: icmpErrors.map((error) => ({ ...error, seq })),
    pending,
  };
}

function distinctLines(stderr: string): string[] {
  const lines = stderr.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))].slice(0, MAX_LOCAL_ERRORS);
}

/** Ends early, and does not throw, when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
