import { inOneGo, type Steps } from '../steps.js';
import { STEP_LENGTH } from '../turn.js';
import { unescaped } from './member-names.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_LIST = 0x5b;
const CLOSING_LIST = 0x5d;
const OPENING_OBJECT = 0x7b;
const CLOSING_OBJECT = 0x7d;

/**
 * Some members of the object that a JSON text is, without parsing the rest, for a text that must not be parsed. A
 * member that is an object or a list itself is `null`. Takes time in proportion to the text; empty when the text is no
 * object.
 */
export const outlineOf = (text: string, names: readonly string[]): Record<string, unknown> =>
  inOneGo(outlining(text, names));

/** The same in steps. */
export function* outlining(text: string, names: readonly string[]): Steps<Record<string, unknown>> {
  const outline: Record<string, unknown> = {};
  if (!text.trimStart().startsWith('{')) return outline;
  let depth = 0;
  let name = '';
  let valueAt = 0;
  let isDeep = false;
  let stepsEnd = STEP_LENGTH;
  for (let at = 0; at < text.length; at += 1) {
    if (at >= stepsEnd) {
      stepsEnd = at + STEP_LENGTH;
      yield;
    }
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const end = endOfString(text, at);
      if (depth === 1 && valueAt === 0) name = nameAt(text, at + 1, end);
      at = end;
    } else if (unit === COLON && depth === 1) valueAt = at + 1;
    else if (unit === OPENING_LIST || unit === OPENING_OBJECT) isDeep = ++depth > 1;
    else if (unit === COMMA || unit === CLOSING_LIST || unit === CLOSING_OBJECT) {
      if (depth === 1 && names.includes(name)) outline[name] = isDeep ? null : scalar(text, valueAt, at);
      if (unit !== COMMA) depth -= 1;
      if (depth === 1 && unit === COMMA) [valueAt, isDeep] = [0, false];
    }
  }
  return outline;
}

function nameAt(text: string, start: number, end: number): string {
  const name = text.slice(start, end);
  return name.includes('\\') ? unescaped(text, start, end) : name;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function scalar(text: string, start: number, end: number): unknown {
  try {
    return JSON.parse(text.slice(start, end)) as unknown;
  } catch {
    return undefined;
  }
}
