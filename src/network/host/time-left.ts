import type { CallContext } from '../../core/call-context.js';

/** What is left of the deadline for summing up: the programs end, and the answer is made. */
const RESERVE_MS = 1_500;

/**
 * A signal that tells a measurement to sum up before the deadline of the call does away with all that was measured.
 * `end` stops the clock.
 */
export function beforeDeadline({ cancellation }: CallContext): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const { deadlineAt } = cancellation;
  if (deadlineAt === undefined) return { signal: controller.signal, end: () => undefined };
  const left = Math.max(0, deadlineAt - performance.now() - RESERVE_MS);
  const timer = setTimeout(() => controller.abort(), left);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}
