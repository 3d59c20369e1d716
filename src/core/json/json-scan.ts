import type { Steps } from '../steps.js';
import { HEAVY_LENGTH, STEP_LENGTH } from '../turn.js';
import { isChanged } from './exact-numbers.js';
import { MemberNames, unescaped } from './member-names.js';
import { beginsNumber, endOfNumber } from './number-marks.js';

/** Numbers of a text that a double would change: each takes as much time as many others. */
export const MAX_CHANGED = 10_000;

/** How much a JSON text may hold. */
export interface JsonBounds {
  /** Levels of objects and lists. */
  readonly maxDepth: number;
  /** Members and items, all levels together. */
  readonly maxNodes: number;
  /** Members alone, all levels together: each takes as much time as many items. */
  readonly maxMembers: number;
  /** UTF-16 units of one string. */
  readonly maxString: number;
  /** UTF-16 units of the name of a member. */
  readonly maxName: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_LIST = 0x5b;
const CLOSING_LIST = 0x5d;
const OPENING_OBJECT = 0x7b;
const CLOSING_OBJECT = 0x7d;
const SPACE = 0x20;
const SMALL_U = 0x75;

const NAMES = new MemberNames();

/** Where a scan stands: in the middle of a string at the quote before it, and at `stringAt` within. */
interface Place {
  readonly at: number;
  readonly stringAt: number;
  readonly depth: number;
  readonly nodes: number;
  readonly members: number;
  readonly inObject: boolean;
  readonly isFirst: boolean;
  readonly isName: boolean;
}

const BEGINNING: Place = {
  ...{ at: 0, stringAt: 0, depth: 0, nodes: 0, members: 0 },
  ...{ inObject: false, isFirst: false, isName: false },
};

/** Scans a text; a long one in steps. */
export function* scanning(text: string, bounds: JsonBounds): Steps<JsonScan> {
  const scan = new JsonScan(text, bounds, text.length > HEAVY_LENGTH ? STEP_LENGTH : Infinity);
  while (!scan.isOver) {
    yield;
    scan.goOn();
  }
  return scan;
}

/**
 * One pass over a JSON text that finds what it would be parsed to, before it is parsed: in a time in proportion to the
 * text, and with no recursion. It is no parser: of a text that is not JSON it finds something or other, and
 * `JSON.parse` refuses it.
 */
export class JsonScan {
  /** Why the text must not be parsed, said of its document: `is nested more than 64 levels deep`. */
  excess: string | undefined;
  /**
   * Why what it is parsed to must not be used, likewise (RFC 7493, 2.1 and 2.3). A long text is parsed as fast as a
   * short one for its length, so that a text that is not JSON is still told apart from one that says too much.
   */
  flaw: string | undefined;
  /** Whether everything that was opened has been closed: without that, a text is not JSON. */
  isClosed = false;
  /** Where the numbers begin and end, in turn, that a double would change; `undefined` when there are none. */
  changed: number[] | undefined;

  /** Whether all has been said; by then {@link goOn} has nothing to do. */
  isOver = false;

  /** UTF-16 units that the escapes of the last string take more than what they stand for. */
  private escapes = 0;

  private readonly names: MemberNames;
  /** Where it goes on. */
  private place = BEGINNING;

  /** @param step after how many UTF-16 units or so it waits for {@link goOn} */
  constructor(
    private readonly text: string,
    private readonly bounds: JsonBounds,
    private readonly step = Infinity,
  ) {
    // Others may be scanned between the steps.
    this.names = step === Infinity ? NAMES : new MemberNames();
    this.names.begin(text, bounds.maxDepth);
    this.goOn();
  }

  /** Looks at the next step. */
  goOn(): void {
    const { text, names } = this;
    const { maxDepth, maxNodes, maxMembers, maxString } = this.bounds;
    const { length } = text;
    let { at, stringAt, depth, nodes, members, inObject, isFirst, isName } = this.place;
    const stop = Math.min(length, Math.max(at, stringAt) + this.step);
    for (; at < stop; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        const start = at + 1;
        let last = QUOTE;
        if (stringAt > 0) {
          [at, last] = [stringAt, BACKSLASH];
          stringAt = 0;
        } else {
          this.escapes = 0;
          while (++at < stop) {
            last = text.charCodeAt(at);
            if (last === QUOTE || last === BACKSLASH) break;
          }
        }
        if (last === BACKSLASH) at = this.endOfString(at, stop);
        if (at >= stop && stop < length) {
          stringAt = at;
          at = start - 1;
          break;
        }
        if (isName) {
          members += 1;
          if (members <= maxMembers) this.takeName(start, at, depth);
        } else if (at - start - this.escapes > maxString)
          this.flaw ??= `has a string of more than ${maxString} characters`;
        isName = false;
        if (isFirst) nodes += 1;
        isFirst = false;
      } else if (unit === COMMA) {
        nodes += 1;
        isName = inObject;
      } else if (unit === OPENING_OBJECT || unit === OPENING_LIST) {
        if (isFirst) nodes += 1;
        isFirst = true;
        depth += 1;
        if (depth > maxDepth) {
          this.excess ??= `is nested more than ${maxDepth} levels deep`;
          inObject = isName = false;
        } else {
          inObject = isName = unit === OPENING_OBJECT;
          names.open(depth, inObject);
        }
      } else if (unit === CLOSING_OBJECT || unit === CLOSING_LIST) {
        if (depth === 0) return this.end();
        depth -= 1;
        inObject = depth <= maxDepth && names.isObject(depth);
        isFirst = false;
      } else if (unit > SPACE) {
        if (isFirst) nodes += 1;
        isFirst = false;
        if (beginsNumber(unit)) {
          const end = endOfNumber(text, at);
          // Of a text that holds too much anyway no number is looked at.
          if (end < 0 && nodes <= maxNodes) this.takeNumber(at, ~end, isName);
          at = (end < 0 ? ~end : end) - 1;
        }
      }
    }
    if (stop < length) {
      this.place = { at, stringAt, depth, nodes, members, inObject, isFirst, isName };
      return;
    }
    if (members > maxMembers) this.excess ??= `has more than ${maxMembers} members`;
    if (nodes > maxNodes) this.excess ??= `has more than ${maxNodes} members and items`;
    this.isClosed = depth === 0;
    this.end();
  }

  private end(): void {
    this.isOver = true;
    this.names.end();
  }

  /** Where a name has to be there is no number: the text is no JSON, and must not become some. */
  private takeNumber(start: number, end: number, isName: boolean): void {
    if (isName || this.excess !== undefined || !isChanged(this.text.slice(start, end))) return;
    const changed = (this.changed ??= []);
    changed.push(start, end);
    if (changed.length > 2 * MAX_CHANGED)
      this.excess = `has more than ${MAX_CHANGED} numbers that a double does not hold`;
  }

  private takeName(start: number, end: number, depth: number): void {
    const { maxName } = this.bounds;
    if (end - start - this.escapes > maxName) {
      this.flaw ??= `has a member name of more than ${maxName} characters`;
      return;
    }
    const hasEscapes = this.escapes > 0;
    // JSON.parse makes it an ordinary member; whoever merges objects later would set a prototype with it.
    if (this.isProto(start, end, hasEscapes)) this.flaw ??= 'has a member named __proto__';
    if (this.names.isRepeated(depth, start, end, hasEscapes))
      this.flaw ??= 'has an object with the same member name twice';
  }

  private isProto(start: number, end: number, hasEscapes: boolean): boolean {
    if (hasEscapes) return unescaped(this.text, start, end) === '__proto__';
    return end - start === 9 && this.text.startsWith('__proto__', start);
  }

  /** The place of the closing quote, or at the end or beyond. */
  private endOfString(start: number, end: number): number {
    const { text } = this;
    let at = start;
    while (at < end) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      at = unit === BACKSLASH ? this.endOfEscape(at) : at + 1;
    }
    return at;
  }

  /** NUL and lone surrogates come into valid JSON as escapes alone. */
  private endOfEscape(at: number): number {
    if (this.text.charCodeAt(at + 1) !== SMALL_U) {
      this.escapes += 1;
      return at + 2;
    }
    this.escapes += 5;
    const unit = escapedUnit(this.text, at);
    if (unit === 0) this.flaw ??= 'has a string with the character U+0000';
    if (!isSurrogate(unit)) return at + 6;
    const isPair = isHigh(unit) && isLow(escapedUnit(this.text, at + 6));
    if (!isPair) this.flaw ??= 'has a string with half a surrogate pair';
    if (isPair) this.escapes += 5;
    return isPair ? at + 12 : at + 6;
  }
}

/** The UTF-16 unit of `\uXXXX` at a place; -1 when there is none. */
function escapedUnit(text: string, at: number): number {
  if (text.charCodeAt(at) !== BACKSLASH || text.charCodeAt(at + 1) !== SMALL_U) return -1;
  let unit = 0;
  for (let digit = at + 2; digit < at + 6; digit += 1) {
    const value = hexadecimal(text.charCodeAt(digit));
    if (value < 0) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

/** The value of a hexadecimal digit, or -1. */
function hexadecimal(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1;
}
