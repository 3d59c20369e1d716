import { inOneGo, type Steps } from '../steps.js';
import { asLong } from '../turn.js';
import { type JsonBounds, scanning } from './json-scan.js';
import { marked, parsingMarked } from './number-marks.js';

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
export function* excessIn(text: string, bounds = ANSWER_BOUNDS): Steps<string | undefined> {
  return (yield* scanning(text, bounds)).excess;
}

/**
 * The text of an answer for a parser that is not ours, whose numbers {@link restored} puts back; of one that must not
 * be parsed, why not.
 */
export function* screening(text: string): Steps<{ readonly excess: string } | { readonly text: string }> {
  const { excess, changed } = yield* scanning(text, ANSWER_BOUNDS);
  if (excess !== undefined) return { excess };
  return { text: changed === undefined ? text : marked(text, changed) };
}

function* parsing(text: string, bounds: JsonBounds): Steps<unknown> {
  const { excess, changed } = yield* scanning(text, bounds);
  if (excess !== undefined) throw new AnswerRefused(excess);
  yield;
  const value = yield* parsingMarked(text, changed);
  // What is done with it follows at once.
  yield;
  return value;
}

/**
 * What the text of somebody else's answer says: no such text is parsed anywhere else. Numbers that a double would
 * change are `JSON.rawJSON`. A promise comes only for a long text, which is worked through in turns.
 *
 * @throws AnswerRefused for one that is beyond the bounds, SyntaxError for one that is no JSON.
 */
export const readAnswer = (text: string, bounds = ANSWER_BOUNDS): unknown =>
  asLong(text.length, parsing(text, bounds));

/** The same in one go, for a text that somebody else has bounded. */
export const parseAnswer = (text: string, bounds = ANSWER_BOUNDS): unknown => inOneGo(parsing(text, bounds));
