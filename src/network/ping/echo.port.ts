import type { Principal } from '../../core/principal.js';
import type { TargetAddress } from '../target/target.js';
import type { Request } from './measurement.js';

/** How requests are sent. */
export interface EchoOptions {
  readonly count: number;
  /** Milliseconds from one request to the next. */
  readonly intervalMs: number;
  /** Bytes of data in an echo request. */
  readonly size?: number | undefined;
  /** Do not fragment. */
  readonly dontFragment?: boolean;
  /** Address, or name of an interface, to send from. */
  readonly source?: string | undefined;
  /** Of a TCP handshake. */
  readonly port: number;
  /** How long an answer is waited for once its request is sent, where that is not `WAIT_MS`. */
  readonly waitMs?: number;
  /** Whose places it takes. */
  readonly principal: Principal;
}

export interface EchoOutcome {
  readonly requests: readonly Request[];
  /** What the machine itself reported while sending. */
  readonly localErrors: readonly string[];
  /** What whoever reads the figures ought to know of how they were measured. */
  readonly remarks: readonly string[];
}

/** Asks an address for a sign of life, several times. */
export interface Echo {
  /**
   * @param until - sums up early: requests that are open by then are `pending`.
   * @throws ToolError when nothing could be sent, and why.
   * @throws the reason of the signal once it has aborted, with nothing left behind.
   */
  echo(
    target: TargetAddress,
    options: EchoOptions,
    signal: AbortSignal,
    until: AbortSignal,
  ): Promise<EchoOutcome>;
}

/**
 * How long a request is waited for: paths over satellites and crowded radio cells take seconds, and the kernel needs
 * three to give an address on the link up (RFC 4861, 10: three solicitations a second apart; ARP likewise).
 */
export const WAIT_MS = 4_000;
