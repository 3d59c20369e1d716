import { JsonScan } from './json-scan.js';
import { parseMarked } from './number-marks.js';

/** What stands in any text with a number that a double might change. */
const SUSPECT = /[-+.\d]{16}|\d[eE][-+]?\d/;
const UNBOUNDED = {
  maxDepth: 128,
  maxNodes: Infinity,
  maxMembers: Infinity,
  maxString: Infinity,
  maxName: Infinity,
};

/** JSON that we have written ourselves, read again: its exact numbers stay what they were. */
export const parseOwn = (text: string): unknown =>
  SUSPECT.test(text)
    ? parseMarked(text, new JsonScan(text, UNBOUNDED).changed)
    : (JSON.parse(text) as unknown);
