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

/** A number of JSON: a double, or one that no double holds. */
export type JsonNumber = number | ExactNumber;

/** The number as it is written: ECMA-262 gives a double the shortest text that is read as the same double. */
export const textOf = (value: JsonNumber): string =>
  typeof value === 'number' ? String(value) : value.rawJSON;

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
  const [a, b] = [decimalOf(one), decimalOf(other)];
  if (a === undefined || b === undefined) return false;
  return a.isNegative === b.isNegative && a.digits === b.digits && a.exponent === b.exponent;
}

/** Below zero, zero or above: as the one number is less than the other, equal or more. */
export function compareNumbers(one: JsonNumber, other: JsonNumber): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [a, b] = [decimalIn(one), decimalIn(other)];
  if (a.isNegative !== b.isNegative) return a.isNegative ? -1 : 1;
  return a.isNegative ? compareMagnitudes(b, a) : compareMagnitudes(a, b);
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '') return a.digits.length - b.digits.length;
  const places = a.digits.length + a.exponent - b.digits.length - b.exponent;
  if (places !== 0) return places;
  // Both begin with a digit other than zero, in the same place.
  return a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1;
}

export const isInteger = (value: JsonNumber): boolean =>
  typeof value === 'number' ? Number.isInteger(value) : decimalIn(value).exponent >= 0;

/** Digits, and places between two numbers, with which it is computed whether one is a multiple of the other. */
const MAX_PLACES = 1000;

/** Whether a number is a multiple of another one; no, where that has more digits than are looked at. */
export function isMultipleOf(one: JsonNumber, other: JsonNumber): boolean {
  if (Number.isSafeInteger(one) && Number.isSafeInteger(other))
    return (one as number) % (other as number) === 0;
  const [a, b] = [decimalIn(one), decimalIn(other)];
  if (b.digits === '') return false;
  const places = a.exponent - b.exponent;
  if (Math.max(a.digits.length, b.digits.length, Math.abs(places)) > MAX_PLACES) return false;
  const scaled = ({ digits }: Decimal, by: number): bigint =>
    BigInt(digits === '' ? '0' : digits) * 10n ** BigInt(Math.max(0, by));
  return scaled(a, places) % scaled(b, -places) === 0n;
}

/** A number: its digits without zeros around them, and the power of ten of the last one. Zero has no digits. */
interface Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const NOTHING: Decimal = { isNegative: false, digits: '', exponent: 0 };

/** Of what is no number of JSON, `NaN` and infinities, it is zero: no parser gives those. */
const decimalIn = (value: JsonNumber): Decimal => decimalOf(textOf(value)) ?? NOTHING;

function decimalOf(text: string): Decimal | undefined {
  const spelling = spellingOf(text);
  if (spelling === undefined) return undefined;
  const { first, last, digits, shift } = spelling;
  if (digits === 0) return NOTHING;
  return { isNegative: text.startsWith('-'), digits: digitsOf(text, first, last), exponent: shift };
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
