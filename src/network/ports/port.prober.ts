import { Inject, Injectable, Optional } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { Principal } from '../../core/principal.js';
import { ownerOf, Slots } from '../host/slots.js';
import { dial } from '../target/dial.js';
import type { TargetAddress } from '../target/target.js';
import type { CheckedPort } from './port-check.schema.js';

/** Handshakes of one call at a time. */
export const MAX_AT_ONCE = 50;
/** Of all calls together, of which one principal has a share; a handshake that finds no place waits for one. */
export const MAX_PROBES = 512;
/** For so long a silent port is waited for: two repetitions of the first packet (RFC 6298). */
const WAIT_MS = 4_000;
/** However little time there is, a port of another continent has to have a chance. */
const LEAST_WAIT_MS = 500;
/** The rest goes by between one port and the next. */
const WAITING_SHARE = 0.9;

/** How long may be waited for each, so that all have their turn in the time that is left. */
export function waitFor(ports: number, leftMs: number): number {
  const rounds = Math.ceil(ports / MAX_AT_ONCE);
  return Math.max(LEAST_WAIT_MS, Math.min(WAIT_MS, (leftMs * WAITING_SHARE) / rounds));
}

export interface ProbeOptions {
  /** Whose places it takes. */
  readonly principal: Principal;
  /** Milliseconds that one handshake may take. */
  readonly waitMs: number;
  readonly stop: AbortSignal;
}

/** Tries ports of one address by handshakes, which need no privilege; what a service says is not read. */
@Injectable()
export class PortProber {
  private readonly slots: Slots;

  /** @param config - none where the tools run alone: there is one caller then, who has all places. */
  constructor(@Optional() @Inject(Configuration) config?: Pick<Configuration, 'sharePercent'>) {
    this.slots = new Slots(MAX_PROBES, config?.sharePercent);
  }

  /** @returns one entry for each port, in their order; `not_tested` for those that `stop` came before. */
  async probe(
    target: TargetAddress,
    ports: readonly number[],
    options: ProbeOptions,
  ): Promise<CheckedPort[]> {
    const checked: CheckedPort[] = [];
    const rest = ports.entries();
    const work = async (): Promise<void> => {
      for (const [index, port] of rest) checked[index] = await this.check(target, port, options);
    };
    await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, ports.length) }, work));
    return checked;
  }

  private async check(
    target: TargetAddress,
    port: number,
    { waitMs, stop, principal }: ProbeOptions,
  ): Promise<CheckedPort> {
    const owner = ownerOf(principal);
    if (!(await this.slots.take(stop, owner))) return { port, state: 'not_tested', ms: null, code: null };
    try {
      const { socket, failure, ms } = await dial(target, { port, waitMs, stop });
      socket?.destroy();
      if (failure === undefined) return { port, state: 'open', ms, code: null };
      const { state, code } = failure;
      if (state === 'not_sent' || state === 'cut_off') return { port, state: 'not_tested', ms: null, code };
      return { port, state, ms, code };
    } finally {
      this.slots.give(owner);
    }
  }
}
