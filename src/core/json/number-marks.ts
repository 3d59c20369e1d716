import { randomUUID } from 'node:crypto';
import { inOneGo, type Steps } from '../steps.js';
import { isRawJSON, rawJSON } from './exact-numbers.js';

/** Digits that any double keeps, whatever they are. */
const SAFE_LENGTH = 15;

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const SMALL_E = 0x65;

/** Whether a number of JSON may begin with a unit. */
export const beginsNumber = (unit: number): boolean => unit <= NINE && (unit >= ZERO || unit === MINUS);

/**
 * Where the number ends that begins at a place; below zero, as `~end`, when it may be one that a double changes.
 */
export function endOfNumber(text: string, start: number): number {
  let hasExponent = false;
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= ZERO && unit <= NINE) continue;
    if ((unit | 0x20) === SMALL_E) hasExponent = true;
    else if (unit !== DOT && unit !== MINUS && unit !== PLUS) break;
  }
  return hasExponent || at - start > SAFE_LENGTH ? ~at : at;
}

/** Stands before the digits of a number while somebody parses it as a string: no text that comes to us has it. */
const MARK = `${randomUUID()}:`;

/** A number as the string that {@link restored} knows. */
export const markOf = (text: string): string => MARK + text;

/** The digits of one that {@link markOf} has made a string; any other text as it is. */
export const unmarked = (text: string): string => (text.startsWith(MARK) ? text.slice(MARK.length) : text);

/**
 * The same JSON, in which the numbers at these places are strings that {@link restored} knows.
 *
 * @param places where each begins and ends, in turn
 */
export function marked(text: string, places: readonly number[]): string {
  let made = '';
  let from = 0;
  for (let index = 0; index < places.length; index += 2) {
    const [start, end] = [places[index]!, places[index + 1]!];
    made += `${text.slice(from, start)}"${markOf(text.slice(start, end))}"`;
    from = end;
  }
  return made + text.slice(from);
}

/** Whether the numbers of a member are kept as they are written; the others become doubles. */
export type Keeps = (name: string) => boolean;

const ALL: Keeps = () => true;

/**
 * Puts the numbers back that {@link marked} has made strings, in place.
 *
 * @param keeps decides about members; what is in one that is kept is kept too
 */
export function restored(value: unknown, keeps: Keeps = ALL, isKept = keeps === ALL): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? numberIn(value, isKept) : value;
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value;
  const members = value as Record<string, unknown>;
  const isList = Array.isArray(value);
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (typeof member !== 'object' && typeof member !== 'string') continue;
    const back = restored(member, keeps, isKept || (!isList && keeps(name)));
    if (back !== member) members[name] = back;
  }
  return value;
}

const numberIn = (text: string, isKept: boolean): unknown =>
  isKept ? rawJSON(text.slice(MARK.length)) : Number(text.slice(MARK.length));

/** What a text says whose numbers at these places are kept as they are written. @throws SyntaxError for no JSON */
export function* parsingMarked(text: string, places: readonly number[] | undefined): Steps<unknown> {
  if (places === undefined) return JSON.parse(text) as unknown;
  const value = JSON.parse(marked(text, places)) as unknown;
  yield;
  return restored(value);
}

/** The same in one go. */
export const parseMarked = (text: string, places: readonly number[] | undefined): unknown =>
  places === undefined ? (JSON.parse(text) as unknown) : inOneGo(parsingMarked(text, places));
