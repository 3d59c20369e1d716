import type { Steps } from '../../core/steps.js';
import { STEP_LENGTH } from '../../core/turn.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_LIST = 0x5b;
const CLOSING_LIST = 0x5d;
const OPENING_OBJECT = 0x7b;
const CLOSING_OBJECT = 0x7d;
const SPACE = 0x20;

/** Members of a message that are null, and mean that they are not there. */
const OF_MESSAGE: ReadonlySet<string> = new Set(['error', 'result', 'params']);
/** The parts of a message in which such members are looked for, and these. */
const PARTS: ReadonlySet<string> = new Set(['result', 'params']);
const OF_PART: ReadonlySet<string> = new Set(['_meta']);
/** What such a text has in it, as anybody writes it. */
const SIGNS = [...OF_MESSAGE, ...OF_PART].flatMap((name) => [`"${name}":null`, `"${name}": null`]);

/**
 * The text of a message, or of a list of them, without members that are null where the SDK would refuse it before it
 * comes to us. Nothing else of it changes. One pass, in time in proportion to the text; what is no JSON is left to
 * whoever parses it.
 */
export function* withoutEarlyNulls(text: string): Steps<string> {
  if (!text.includes('null') || !SIGNS.some((sign) => text.includes(sign))) return text;
  yield;
  const cuts = yield* new EarlyNulls(text).looking();
  let kept = '';
  let from = 0;
  for (const { start, end } of cuts) {
    kept += text.slice(from, start);
    from = end;
  }
  return kept + text.slice(from);
}

interface Cut {
  readonly start: number;
  readonly end: number;
}

/** An object that is gone through. */
interface Level {
  readonly wanted: ReadonlySet<string>;
  /** Whether a name may begin here. */
  mayName: boolean;
  nameAt: number;
  name: string;
  /** The last comma that stays. */
  commaAt: number;
}

class EarlyNulls {
  private readonly found: Cut[] = [];
  private depth = 0;
  /** The depth of a message. */
  private readonly base: number;
  private message: Level | undefined;
  private part: Level | undefined;

  constructor(private readonly text: string) {
    this.base = text.trimStart().startsWith('[') ? 2 : 1;
  }

  *looking(): Steps<readonly Cut[]> {
    const { text } = this;
    let stepsEnd = STEP_LENGTH;
    for (let at = 0; at < text.length; at += 1) {
      if (at >= stepsEnd) {
        stepsEnd = at + STEP_LENGTH;
        yield;
      }
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) at = this.string(at);
      else if (unit === COMMA) {
        if (this.depth <= this.base + 1) this.comma(at);
      } else if (unit === COLON) {
        if (this.depth <= this.base + 1) at = this.colon(at);
      } else if (unit === OPENING_OBJECT || unit === OPENING_LIST) this.open(unit === OPENING_OBJECT);
      else if (unit === CLOSING_OBJECT || unit === CLOSING_LIST) this.depth -= 1;
    }
    return this.found;
  }

  /** The level whose own members are read; none, deeper down and in lists. */
  private get level(): Level | undefined {
    if (this.depth === this.base) return this.message;
    return this.depth === this.base + 1 ? this.part : undefined;
  }

  private open(isObject: boolean): void {
    const within = this.level;
    this.depth += 1;
    const { depth, base } = this;
    if (depth === base) this.message = isObject ? levelOf(OF_MESSAGE) : undefined;
    else if (depth === base + 1)
      this.part = isObject && within !== undefined && PARTS.has(within.name) ? levelOf(OF_PART) : undefined;
  }

  private string(start: number): number {
    const { text, level } = this;
    const at = endOfString(text, start);
    if (level?.mayName === true) {
      level.mayName = false;
      level.nameAt = start;
      level.name = text.slice(start + 1, Math.min(at, start + MAX_NAME));
    }
    return at;
  }

  private colon(at: number): number {
    const { text, level } = this;
    if (level === undefined || !level.wanted.has(level.name)) return at;
    const value = afterBlanks(text, at + 1);
    if (!text.startsWith('null', value)) return at;
    const end = afterBlanks(text, value + 4);
    const unit = text.charCodeAt(end);
    if (unit === COMMA) {
      this.found.push({ start: level.nameAt, end: end + 1 });
      level.mayName = true;
      level.name = '';
      return end;
    }
    // The last one takes the comma before it along, and what had stood between them is gone already.
    if (unit === CLOSING_OBJECT) this.cutFrom(level.commaAt === -1 ? level.nameAt : level.commaAt, end);
    return end - 1;
  }

  private cutFrom(start: number, end: number): void {
    while ((this.found.at(-1)?.start ?? -1) >= start) this.found.pop();
    this.found.push({ start, end });
  }

  private comma(at: number): void {
    const { level } = this;
    if (level === undefined) return;
    level.commaAt = at;
    level.mayName = true;
    level.name = '';
  }
}

/** Longer than any that is looked for. */
const MAX_NAME = 16;

const levelOf = (wanted: ReadonlySet<string>): Level => ({
  wanted,
  mayName: true,
  nameAt: 0,
  name: '',
  commaAt: -1,
});

/** The closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  const { length } = text;
  let at = start;
  while (++at < length) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) break;
    if (unit === BACKSLASH) at += 1;
  }
  return at;
}

function afterBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= SPACE) at += 1;
  return at;
}
