/** A number of JSON as it is written, which `JSON.stringify` writes again (ECMA-262, `JSON.rawJSON`). */
export interface ExactNumber {
  readonly rawJSON: string;
}

/**
 * `rawJSON` makes such a number of its text. `isRawJSON` recognises one: to `typeof` it is an object, and it is no
 * object of JSON.
 */
export const { rawJSON, isRawJSON } = JSON as unknown as {
  readonly rawJSON: (text: string) => ExactNumber;
  readonly isRawJSON: (value: unknown) => value is ExactNumber;
};

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const SMALL_E = 0x65;

/** Significant digits that any double keeps (IEEE 754, binary64), and the powers of ten at which it does. */
const KEPT_DIGITS = 15;
const KEPT_EXPONENT = 290;

/**
 * Whether a number would be another one if it were read as a double and written again. `1.10` and `1e2` stay what they
 * are; what is no number is none that changes.
 */
export function isChanged(text: string): boolean {
  const spelling = spellingOf(text);
  if (spelling === undefined) return false;
  const { first, last, digits, shift } = spelling;
  if (digits <= KEPT_DIGITS && Math.abs(shift) <= KEPT_EXPONENT) return false;
  const written = String(Number(text));
  if (written === text) return false;
  const other = spellingOf(written);
  if (other?.digits !== digits || other.shift !== shift) return true;
  return digitsOf(text, first, last) !== digitsOf(written, other.first, other.last);
}

/** Whether two numbers of JSON are the same, however they are written. */
export function isSameNumber(one: string, other: string): boolean {
  const [a, b] = [spellingOf(one), spellingOf(other)];
  if (a === undefined || a.digits !== b?.digits || a.shift !== b.shift) return false;
  if (a.digits > 0 && one.startsWith('-') !== other.startsWith('-')) return false;
  return digitsOf(one, a.first, a.last) === digitsOf(other, b.first, b.last);
}

/** How a number is written: where its significant digits stand, and by which power of ten the last one counts. */
interface Spelling {
  /** The place of the first digit that is not 0, and the place behind the last such one. */
  readonly first: number;
  readonly last: number;
  /** How many from the one to the other; none for zero. */
  readonly digits: number;
  readonly shift: number;
}

const isDigit = (unit: number): boolean => unit >= ZERO && unit <= NINE;

/** One pass over a number (RFC 8259, 6); `undefined` for what is none. */
function spellingOf(text: string): Spelling | undefined {
  const { length } = text;
  let at = text.charCodeAt(0) === MINUS ? 1 : 0;
  const start = at;
  let point = -1;
  let [first, last] = [-1, -1];
  for (; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === DOT) {
      if (point >= 0 || at === start) return undefined;
      point = at;
    } else if (!isDigit(unit)) break;
    else if (unit !== ZERO) {
      if (first < 0) first = at;
      last = at + 1;
    }
  }
  const end = at;
  if (end === start || point === end - 1) return undefined;
  if (text.charCodeAt(start) === ZERO && end > start + 1 && point !== start + 1) return undefined;
  const exponent = end === length ? 0 : exponentOf(text, end);
  if (exponent === undefined) return undefined;
  if (first < 0) return { first: 0, last: 0, digits: 0, shift: 0 };
  const isAcross = point > first && point < last;
  // The digits from the last significant one to the point, or back to it.
  const whole = point < 0 ? end : point;
  const places = last <= whole ? whole - last : whole - last + 1;
  return { first, last, digits: last - first - (isAcross ? 1 : 0), shift: exponent + places };
}

/** The exponent that begins at a place; `undefined` for what is none. */
function exponentOf(text: string, start: number): number | undefined {
  if ((text.charCodeAt(start) | 0x20) !== SMALL_E) return undefined;
  const sign = text.charCodeAt(start + 1);
  const from = sign === MINUS || sign === PLUS ? start + 2 : start + 1;
  if (from >= text.length) return undefined;
  for (let at = from; at < text.length; at += 1) {
    if (!isDigit(text.charCodeAt(at))) return undefined;
  }
  return Number(text.slice(start + 1));
}

/** The digits between two places, without the point. */
function digitsOf(text: string, first: number, last: number): string {
  const digits = text.slice(first, last);
  const point = digits.indexOf('.');
  return point < 0 ? digits : digits.slice(0, point) + digits.slice(point + 1);
}
