import { expect } from './programs.mjs';

/** How fast this machine is decides over it. */
const TIMED = 'Performance baseline established';

/**
 * Compares the boxes that preflight has printed with those that have to be open.
 *
 * @returns what to print
 * @throws Error with all that it has said when they differ.
 */
export function expectOpen(output, expected) {
  const boxes = [...output.matchAll(/^\[([ x])\] (.*?): /gm)].map(([, mark, box]) => ({ mark, box }));
  const judged = boxes.filter(({ box }) => box !== TIMED);
  const open = judged.filter(({ mark }) => mark === ' ').map(({ box }) => box);
  expect(boxes.length === 9 && open.join() === expected.join(), output);
  return `${judged.length - open.length} ticked${open.length === 0 ? '' : `; open: ${open.join(', ')}`}`;
}
