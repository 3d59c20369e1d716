import { setImmediate } from 'node:timers/promises';

/** Text of more characters takes milliseconds to be parsed and looked through. */
export const HEAVY_LENGTH = 64 * 1024;

let last: Promise<unknown> = Promise.resolve();

/**
 * Resolves when heavy work may begin: one piece in a turn of the event loop, whoever it is for. Several that have
 * arrived together would hold up everybody else for the sum of their times; between turns, what is small is served.
 */
export function turnForHeavyWork(): Promise<void> {
  const turn = last.then(() => setImmediate());
  last = turn;
  return turn;
}
