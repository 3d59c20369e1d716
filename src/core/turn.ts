import { setImmediate } from 'node:timers/promises';
import { inOneGo, type Steps } from './steps.js';

/** Text of more characters takes milliseconds to be parsed and looked through. */
export const HEAVY_LENGTH = 64 * 1024;
/** Characters that are looked through in one step of heavy work: some milliseconds. */
export const STEP_LENGTH = 256 * 1024;

/**
 * Makes a line of work of which one piece begins in a turn of the event loop, whoever it is for. Several that have
 * arrived together would hold up everybody else for the sum of their times; between turns, what is small is served.
 *
 * @returns resolves when the piece that asks may begin
 */
export function lineOfTurns(): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const turn = last.then(() => setImmediate());
    last = turn;
    return turn;
  };
}

/** For what requests and answers bring. */
export const turnForHeavyWork = lineOfTurns();

/** Does heavy work, each of its steps in a turn of its own. @throws what a step throws */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    await turnForHeavyWork();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does work on a text of some length: a promise comes only for a long one, see {@link inTurns}. */
export const asLong = <T>(length: number, steps: Steps<T>): T | Promise<T> =>
  length > HEAVY_LENGTH ? inTurns(steps) : inOneGo(steps);
