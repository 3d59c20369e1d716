import { JsonScan } from './json-scan.js';
import { marked, parseMarked } from './number-marks.js';

/** What stands in any text with a number that a double might change. */
const SUSPECT = /[-+.\d]{16}|\d[eE][-+]?\d/;
const UNBOUNDED = {
  maxDepth: 128,
  maxNodes: Infinity,
  maxMembers: Infinity,
  maxString: Infinity,
  maxName: Infinity,
};

/** Where the numbers begin and end, in turn, that a double would change. */
const changedIn = (text: string): number[] | undefined =>
  SUSPECT.test(text) ? new JsonScan(text, UNBOUNDED).changed : undefined;

/** JSON that we have written ourselves, read again: its exact numbers stay what they were. */
export const parseOwn = (text: string): unknown => parseMarked(text, changedIn(text));

/**
 * JSON of any length for a program that knows no exact numbers, such as a library: they are strings, which `restored`
 * makes numbers again.
 */
export function withMarks(text: string): string {
  const changed = changedIn(text);
  return changed === undefined ? text : marked(text, changed);
}
