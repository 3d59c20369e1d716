import { Injectable } from '@nestjs/common';
import { Slots } from '../host/slots.js';
import { dial } from '../target/dial.js';
import type { TargetAddress } from '../target/target.js';
import type { CheckedPort } from './port-check.schema.js';

/** Handshakes of one call at a time. */
export const MAX_AT_ONCE = 50;
/** Of all calls together; a handshake that finds no place waits for one. */
export const MAX_PROBES = 256;
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

/** Tries ports of one address by handshakes, which need no privilege; what a service says is not read. */
@Injectable()
export class PortProber {
  private readonly slots = new Slots(MAX_PROBES);

  /** @returns one entry for each port, in their order; `not_tested` for those that `stop` came before. */
  async probe(
    target: TargetAddress,
    ports: readonly number[],
    waitMs: number,
    stop: AbortSignal,
  ): Promise<CheckedPort[]> {
    const checked: CheckedPort[] = [];
    const rest = ports.entries();
    const work = async (): Promise<void> => {
      for (const [index, port] of rest) checked[index] = await this.check(target, port, waitMs, stop);
    };
    await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, ports.length) }, work));
    return checked;
  }

  private async check(
    target: TargetAddress,
    port: number,
    waitMs: number,
    stop: AbortSignal,
  ): Promise<CheckedPort> {
    if (!(await this.slots.take(stop))) return { port, state: 'not_tested', ms: null, code: null };
    try {
      const { socket, failure, ms } = await dial(target, { port, waitMs, stop });
      socket?.destroy();
      if (failure === undefined) return { port, state: 'open', ms, code: null };
      const { state, code } = failure;
      if (state === 'not_sent' || state === 'cut_off') return { port, state: 'not_tested', ms: null, code };
      return { port, state, ms, code };
    } finally {
      this.slots.give();
    }
  }
}
