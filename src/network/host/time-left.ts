import type { CallContext } from '../../core/call-context.js';

/** What is left of the deadline for summing up: the programs end, and the answer is made. */
const RESERVE_MS = 1_500;

export interface TimeLeft {
  readonly signal: AbortSignal;
  /** Milliseconds from the beginning to the signal; without a deadline there is no end of them. */
  readonly leftMs: number;
  /** Stops the clock. */
  readonly end: () => void;
}

/**
 * A signal that tells a measurement to sum up before the deadline of the call does away with all that was measured.
 */
export function beforeDeadline({ cancellation }: CallContext): TimeLeft {
  const controller = new AbortController();
  const { deadlineAt } = cancellation;
  if (deadlineAt === undefined) {
    return { signal: controller.signal, leftMs: Infinity, end: () => undefined };
  }
  const left = Math.max(0, deadlineAt - performance.now() - RESERVE_MS);
  const timer = setTimeout(() => controller.abort(), left);
  return { signal: controller.signal, leftMs: left, end: () => clearTimeout(timer) };
}
