import { type JsonBounds, JsonScan } from './json-scan.js';
import { marked, parseMarked } from './number-marks.js';

export { restored } from './number-marks.js';

/** What the JSON of an answer may hold that somebody else gives us; its bytes are bounded by whoever receives it. */
export const ANSWER_BOUNDS: JsonBounds = {
  maxDepth: 64,
  maxNodes: 100_000,
  maxMembers: 20_000,
  maxString: Infinity,
  maxName: Infinity,
};

/** An answer that is not parsed. The message ends a sentence about it: `has more than 20000 members`. */
export class AnswerRefused extends Error {
  override readonly name = 'AnswerRefused';
}

/** Why the text of an answer must not be parsed; `undefined`: it may. Takes time in proportion to the text. */
export const excessOf = (text: string, bounds = ANSWER_BOUNDS): string | undefined =>
  new JsonScan(text, bounds).excess;

/**
 * The text of an answer for a parser that is not ours, whose numbers {@link restored} puts back; of one that must not
 * be parsed, why not.
 */
export function screened(text: string): { readonly excess: string } | { readonly text: string } {
  const { excess, changed } = new JsonScan(text, ANSWER_BOUNDS);
  if (excess !== undefined) return { excess };
  return { text: changed === undefined ? text : marked(text, changed) };
}

/**
 * What the text of somebody else's answer says: no such text is parsed anywhere else. Numbers that a double would
 * change are `JSON.rawJSON`.
 *
 * @throws AnswerRefused for one that is beyond the bounds, SyntaxError for one that is no JSON.
 */
export function parseAnswer(text: string, bounds = ANSWER_BOUNDS): unknown {
  const { excess, changed } = new JsonScan(text, bounds);
  if (excess !== undefined) throw new AnswerRefused(excess);
  return parseMarked(text, changed);
}
