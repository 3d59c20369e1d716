import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/principal.js';
import { ToolError } from '../../tools/tool-error.js';
import { exitFailure } from '../host/program-failure.js';
import { ProgramRunner } from '../host/program-runner.js';
import { ProgramVariants } from '../host/program-variants.js';
import type { EchoOutcome } from '../ping/echo.port.js';
import { IcmpEcho } from '../ping/icmp.echo.js';
import { isValid } from '../ping/ping.parser.js';
import type { TargetAddress } from '../target/target.js';
import { type Ask, type Echoed, searchMtu } from './mtu-search.js';
import type { PathMtuFinding } from './path-mtu.schema.js';
import { parseTracepath } from './tracepath.parser.js';

/** It says nothing before its end, and waits 3 s for each hop that is silent. */
const TRACEPATH_MS = 3500;
const MAX_OUTPUT_BYTES = 16 * 1024;
/** Of an echo request: IPv4 and IPv6 header, and 8 bytes of ICMP. */
const HEADERS = { ipv4: 28, ipv6: 48 } as const;
/** Data of the small one: that of ping. */
const SMALL_DATA = 56;
const MAX_PACKET = 65_535;

export interface PathTime {
  readonly principal: Principal;
  readonly signal: AbortSignal;
  readonly until: AbortSignal;
}

const NO_TRACEPATH =
  'tracepath is not installed (Debian, Ubuntu: apt-get install iputils-tracepath): it needs no permission.';

/** Finds the path MTU by tracepath (UDP, no privilege), or by echo requests where that comes to no end. */
@Injectable()
export class PathMtuProber {
  constructor(
    private readonly runner: ProgramRunner,
    private readonly variants: ProgramVariants,
    private readonly icmp: IcmpEcho,
  ) {}

  /**
   * @param large - bytes of the largest packet that this machine would send.
   * @throws ToolError when neither program can be used; the reason of the signal.
   */
  async probe(target: TargetAddress, large: number, time: PathTime): Promise<PathMtuFinding> {
    const traced = await this.trace(target, time).catch((error: unknown) => {
      time.signal.throwIfAborted();
      if (error instanceof ToolError) return error;
      throw error;
    });
    if (traced !== null && !(traced instanceof ToolError)) return traced;
    const remarks = traced instanceof ToolError ? [whyNot(traced)] : [];
    try {
      const found = await this.search(target, Math.min(large, MAX_PACKET), time);
      return { ...found, remarks: [...found.remarks, ...remarks] };
    } catch (error) {
      time.signal.throwIfAborted();
      if (!(error instanceof ToolError) || traced instanceof ToolError) throw error;
      // tracepath has been sent out, and nothing came back in time.
      const mend = error.mend === undefined ? '' : ` ${error.mend}`;
      const why = `No answer to tracepath in ${TRACEPATH_MS / 1000} s, and ping cannot be used: ${error.message}${mend}`;
      return {
        verdict: 'unanswered',
        mtu: null,
        limitedBy: [],
        blackHole: null,
        method: null,
        remarks: [why],
      };
    }
  }

  /** `null` when it has not come to the target in time. */
  private async trace(
    { address, family }: TargetAddress,
    { signal, until }: PathTime,
  ): Promise<PathMtuFinding | null> {
    if ((await this.variants.of('tracepath', signal)) !== 'iputils') throw otherTracepath();
    const limit = AbortSignal.any([until, AbortSignal.timeout(TRACEPATH_MS)]);
    const args = [family === 'ipv4' ? '-4' : '-6', '-n', address];
    const { exitCode, stdout, stderr } = await this.runner.run('tracepath', args, {
      signal,
      until: limit,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    if (limit.aborted || exitCode === null) return null;
    const { reached, mtu, limitedBy } = parseTracepath(stdout);
    if (exitCode !== 0 && stdout.trim() === '') throw exitFailure('tracepath', stderr, address);
    if (!reached || mtu === null) return null;
    return {
      verdict: 'found',
      mtu,
      limitedBy: [...limitedBy],
      blackHole: null,
      method: 'tracepath',
      remarks: [],
    };
  }

  private search(
    target: TargetAddress,
    large: number,
    { principal, signal, until }: PathTime,
  ): Promise<PathMtuFinding> {
    const header = HEADERS[target.family];
    const ask: Ask = (sizes, waitMs) =>
      Promise.all(
        sizes.map(async (bytes): Promise<Echoed> => {
          const options = {
            count: 1,
            intervalMs: 0,
            size: bytes - header,
            dontFragment: true,
            port: 0,
            principal,
            waitMs,
          };
          return fateOf(await this.icmp.echo(target, options, signal, until));
        }),
      );
    return searchMtu(ask, SMALL_DATA + header, large, until);
  }
}

function fateOf({ requests, localErrors }: EchoOutcome): Echoed {
  const [request] = requests;
  const reply = request?.replies.find(isValid);
  if (reply !== undefined) return { fate: 'answered', ms: reply.ms };
  const said = (request?.icmpErrors ?? []).map(({ from, message }) => ({ from, mtu: mtuIn(message) }));
  const refused = said.find(({ mtu }) => mtu !== null);
  if (refused !== undefined)
    return { fate: 'too_big', hop: { address: refused.from, mtu: refused.mtu ?? 0 } };
  const local = localErrors.map(mtuIn).find((mtu) => mtu !== null);
  return local === null || local === undefined
    ? { fate: 'silent' }
    : { fate: 'too_big', hop: { address: 'localhost', mtu: local } };
}

/** Of `Frag needed and DF set (mtu = 1300)`, `Packet too big: mtu=1300`, `message too long, mtu=1300`. */
export function mtuIn(message: string): number | null {
  if (!/frag needed|too big|too long/i.test(message)) return null;
  return Number(/mtu ?= ?(\d{1,6})/.exec(message)?.[1] ?? 0);
}

const whyNot = ({ code, message }: ToolError): string => (code === 'missing_binary' ? NO_TRACEPATH : message);

const otherTracepath = (): ToolError =>
  new ToolError(
    'not_supported',
    'The tracepath that is installed is not that of iputils.',
    'Install iputils-tracepath.',
  );
