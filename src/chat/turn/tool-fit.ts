import type { RegisteredTool } from '../../tools/tool.registry.js';
import { sorted, type Steps } from '../../core/steps.js';

/** What is looked at, so that the work has a bound: of a question its first words, of a description its beginning. */
export const MAX_QUESTION_WORDS = 64;
export const MAX_DESCRIPTION = 400;
const MAX_QUESTION = 4096;

/** A word in the name says more than one in the description. */
const NAME_WEIGHT = 3;
/** Less than any word, and more than all of them. */
const OWN_WEIGHT = 1e-6;
const PREFERENCE = 1e6;

/** Han and Kana are written without blanks: each sign is a word. */
const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\p{Lu}?\p{Ll}+|\p{Lu}+|\p{Lo}+|\p{N}+/gu;
const TOO_SHORT = 1;

/**
 * The tools that fit a question best, in the order in which they came: those with the words of the question in name and
 * description, where a word that few tools have counts more. Of those that fit alike, our own come first.
 *
 * @param isPreferred for those that come before any other
 */
export function* mostFitting(
  tools: readonly RegisteredTool[],
  question: string,
  max: number,
  isPreferred: (name: string) => boolean,
): Steps<readonly RegisteredTool[]> {
  const asked = [...wordsOf(question.slice(0, MAX_QUESTION))].slice(0, MAX_QUESTION_WORDS);
  const places = new Map(asked.map((word, place) => [word, place]));
  const inNames: (readonly number[])[] = [];
  const inDescriptions: (readonly number[])[] = [];
  const counts = asked.map(() => 0);
  for (const { definition } of tools) {
    const inName = placesIn(definition.name, places);
    const inDescription = placesIn(definition.description.slice(0, MAX_DESCRIPTION), places);
    for (const place of new Set([...inName, ...inDescription])) counts[place]! += 1;
    inNames.push(inName);
    inDescriptions.push(inDescription);
    yield;
  }
  const weights = counts.map((count) => Math.log(1 + tools.length / (count + 1)));
  const sum = (found: readonly number[]): number =>
    found.reduce((total, place) => total + weights[place]!, 0);
  const ranked = tools.map(({ definition: { name, upstream } }, at) => ({
    at,
    fit:
      (isPreferred(name) ? PREFERENCE : 0) +
      NAME_WEIGHT * sum(inNames[at]!) +
      sum(inDescriptions[at]!) +
      (upstream === undefined ? OWN_WEIGHT : 0),
  }));
  yield;
  const best = yield* sorted(ranked, ({ fit }) => -fit);
  return best
    .slice(0, max)
    .sort((a, b) => a.at - b.at)
    .map(({ at }) => tools[at]!);
}

function placesIn(text: string, places: ReadonlyMap<string, number>): number[] {
  const found: number[] = [];
  for (const word of wordsOf(text)) {
    const place = places.get(word);
    if (place !== undefined) found.push(place);
  }
  return found;
}

/** The words of a text, each once and in small letters; `interfaces` is `interface`. */
function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const [found] of text.matchAll(WORDS)) {
    const word = found.toLowerCase();
    const isPlural = word.length > 3 && word.endsWith('s') && !word.endsWith('ss');
    if (word.length > TOO_SHORT || /^[^a-z]/.test(word)) words.add(isPlural ? word.slice(0, -1) : word);
  }
  return words;
}
