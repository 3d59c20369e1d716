import { RE2JS, RE2JSException } from 're2js';
import { spend } from './meter.ts';

/** UTF-16 units of a pattern. */
export const MAX_PATTERN = 1000;
/**
 * Instructions of the program that a pattern becomes, repetitions counted as often as they repeat, and a class of very
 * many ranges as several.
 */
export const MAX_PROGRAM = 1000;
/** For each character of the text, an instruction costs a third of a unit of the meter, half of one at most. */
const STEPS_PER_UNIT = 3;
/** Each instruction has a copy of its class: one of so many ranges takes as much as two others, 1 KiB. */
const RANGES_PER_INSTRUCTION = 50;
/** Ranges of a general category: letters have 657, in 9 KiB. What overlaps or adjoins becomes one. */
const MOST_RANGES = 600;

/** What checks the text of a pattern, in the form that Ajv wants. */
export interface Matcher {
  test(text: string): boolean;
}

/**
 * How large the program of a pattern is at most; Infinity for one that is no regular language, or is written in a way
 * that has none in RE2.
 *
 * @throws SyntaxError when it is no pattern of ECMAScript (with the flag `u`).
 */
export const programSizeOf = (pattern: string): number => translate(pattern)?.size ?? Infinity;

/**
 * A pattern of ECMAScript (with the flag `u`) that is matched in time in proportion to the text; `undefined` for one
 * for which there is no such program, or only one that is too large.
 *
 * @throws SyntaxError when it is no pattern of ECMAScript.
 */
export function linearPattern(pattern: string, maxProgram = MAX_PROGRAM): Matcher | undefined {
  const { text, size = Infinity } = translate(pattern) ?? {};
  if (text === undefined || size > maxProgram) return undefined;
  try {
    const program = RE2JS.compile(text);
    const perCharacter = program.programSize() / STEPS_PER_UNIT;
    return {
      test: (checked) => {
        spend(1 + checked.length * perCharacter);
        // `test` makes an automaton as it goes, of 8 MiB for one pattern, in up to 20 microseconds for a character.
        return program.matcher(checked).find();
      },
    };
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

/** ECMA-262, 12.2 and 12.3, in the syntax of RE2, for a class. */
const SPACES = String.raw`\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`;
const NO_SPACES = [
  String.raw`\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}`,
  String.raw`\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`,
].join('');
const ALL = String.raw`\x{0}-\x{10ffff}`;
const NO_LINE_ENDS = String.raw`[^\n\r\x{2028}\x{2029}]`;
const NO_WORD = String.raw`\x{0}-/:-@\[-\^\x{60}\{-\x{10ffff}`;
const NO_DIGIT = String.raw`\x{0}-/:-\x{10ffff}`;

/** Escapes that stand for a set, within a class. */
const SETS: Readonly<Record<string, string>> = {
  d: '0-9',
  D: NO_DIGIT,
  w: '0-9A-Za-z_',
  W: NO_WORD,
  s: SPACES,
  S: NO_SPACES,
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };
/** Names of general categories; scripts and properties have other names in ECMAScript, or none in RE2. */
const CATEGORY = /^[pP]\{[A-Z][a-z]?\}/;
const HEX_ESCAPE = /^(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|u\{([\dA-Fa-f]{1,6})\})/;
const QUANTIFIER = /^(?:[*+?]|\{(\d{1,4})(,(\d{0,4}))?\})\??/;

/** The same pattern for RE2: what both write alike may mean different things. */
function translate(pattern: string): { readonly text: string; readonly size: number } | undefined {
  if (pattern.length > MAX_PATTERN) return undefined;
  // Whatever is no pattern is found out here; from here on it is known to be well formed.
  void new RegExp(pattern, 'u');
  return new Translation(pattern).run();
}

class Translation {
  private at = 0;
  private out = '';
  /** How large the open groups have become, each counted with its repetitions. */
  private readonly sizes = [0];
  /** How large the last atom is. */
  private last = 0;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  run(): { readonly text: string; readonly size: number } | undefined {
    while (this.at < this.pattern.length) {
      if (!this.step()) return undefined;
    }
    return { text: this.out, size: this.sizes[0]! };
  }

  /** Takes one piece of the pattern; answers whether RE2 can have it. */
  private step(): boolean {
    const character = String.fromCodePoint(this.pattern.codePointAt(this.at)!);
    switch (character) {
      case '^':
        return this.put(String.raw`\A`, 1);
      case '$':
        return this.put(String.raw`\z`, 1);
      case '.':
        return this.put(NO_LINE_ENDS, 1);
      case '|':
        return this.put('|', 1);
      case '(':
        return this.open();
      case ')':
        this.last = this.sizes.pop()!;
        this.grow(this.last);
        return this.put(')', 1, 0);
      case '[':
        return this.set();
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
      case '{':
        return this.repeat();
      default:
        return this.atom(literal(character), character.length);
    }
  }

  private put(text: string, length: number, size = 1): boolean {
    this.out += text;
    this.at += length;
    if (size > 0) this.grow(size);
    return true;
  }

  private atom(text: string, length: number, ranges = 1): boolean {
    this.last = Math.ceil(Math.min(ranges, MOST_RANGES) / RANGES_PER_INSTRUCTION);
    return this.put(text, length, this.last);
  }

  private grow(size: number): void {
    this.sizes[this.sizes.length - 1]! += size;
  }

  private open(): boolean {
    const rest = this.pattern.slice(this.at);
    // Only whether it matches is asked: no group has to be remembered.
    const [opening] = /^\((?:\?:|\?<[^=!>][^>]*>|(?!\?))/.exec(rest) ?? [];
    if (opening === undefined) return false;
    this.sizes.push(1);
    return this.put('(?:', opening.length, 0);
  }

  private repeat(): boolean {
    const [quantifier = '', least, , most] = QUANTIFIER.exec(this.pattern.slice(this.at)) ?? [];
    if (quantifier === '') return false;
    const times = Math.max(Number(least ?? 1), Number(most ?? 1), 1);
    this.grow(this.last * (times - 1));
    return this.put(quantifier, quantifier.length);
  }

  private escape(): boolean {
    const rest = this.pattern.slice(this.at + 1);
    if (/^[bB]/.test(rest)) return this.put(`\\${rest.charAt(0)}`, 2);
    const [text, length] = this.member(rest);
    // A negative category is no member of a class in RE2 that needs brackets, and does no harm in them.
    if (text === undefined) return false;
    return this.atom(text.length === 1 ? literal(text) : `[${text}]`, length + 1, rangesOf(text));
  }

  /** A class, with its brackets. */
  private set(): boolean {
    const isNegated = this.pattern.startsWith('[^', this.at);
    const start = this.at;
    let [members, ranges] = ['', 0];
    this.at += isNegated ? 2 : 1;
    while (this.pattern.charAt(this.at) !== ']') {
      const from = this.classAtom();
      if (from === undefined) return false;
      members += from;
      ranges += rangesOf(from);
      if (this.pattern.charAt(this.at) !== '-' || this.pattern.charAt(this.at + 1) === ']') continue;
      this.at += 1;
      const to = this.classAtom();
      if (to === undefined) return false;
      members += `-${to}`;
    }
    const length = this.at + 1 - start;
    this.at = start;
    if (members === '') return this.atom(isNegated ? `[${ALL}]` : `[^${ALL}]`, length);
    return this.atom(`[${isNegated ? '^' : ''}${members}]`, length, ranges);
  }

  private classAtom(): string | undefined {
    const character = String.fromCodePoint(this.pattern.codePointAt(this.at)!);
    const isEscape = character === '\\';
    const [text, length] = isEscape ? this.member(this.pattern.slice(this.at + 1)) : [literal(character), 0];
    this.at += isEscape ? length + 1 : character.length;
    return text;
  }

  /** What follows a backslash, as a member of a class, and how long it is. */
  private member(rest: string): [string | undefined, number] {
    const first = rest.charAt(0);
    const set = SETS[first];
    if (set !== undefined) return [set, 1];
    const [hex, two, four, braced] = HEX_ESCAPE.exec(rest) ?? [];
    if (hex !== undefined) return this.codePoint(hex, parseInt(two ?? four ?? braced!, 16), rest);
    const [category] = CATEGORY.exec(rest) ?? [];
    if (category !== undefined) return [`\\${category}`, category.length];
    if (first === 'c') return [codePoint(rest.charCodeAt(1) % 32), 2];
    if (first === 'b') return [codePoint(8), 1];
    const control = CONTROLS[first];
    if (control !== undefined) return [codePoint(control), 1];
    // What is left are references back, further properties, and syntax that stands for itself.
    return /[\^$\\.*+?()[\]{}|/-]/.test(first) ? [literal(first), 1] : [undefined, 0];
  }

  /** `\uD83D\uDE00` is one character (ECMA-262, 22.2.1, RegExpUnicodeEscapeSequence). */
  private codePoint(hex: string, value: number, rest: string): [string, number] {
    const [pair, low] = /^u[Dd][89ABab][\dA-Fa-f]{2}\\u([Dd][C-Fc-f][\dA-Fa-f]{2})/.exec(rest) ?? [];
    if (pair === undefined) return [codePoint(value), hex.length];
    return [codePoint((value - 0xd800) * 0x400 + parseInt(low!, 16) - 0xdc00 + 0x10000), pair.length];
  }
}

/** Of one member of a class; those of a set are counted by its length. */
const rangesOf = (member: string): number =>
  /^\\[pP]/.test(member) ? MOST_RANGES : Math.ceil(member.length / 8);

const codePoint = (value: number): string => `\\x{${value.toString(16)}}`;
const literal = (character: string): string =>
  /[A-Za-z0-9_]/.test(character) ? character : codePoint(character.codePointAt(0)!);
