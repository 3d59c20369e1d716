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

const ZERO = 0x30;

/** RFC 8259, 6. */
const NUMBER = /^-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const INTEGER = /^-?[1-9]\d*$/;

/**
 * Whether a number would be another one if it were read as a double and written again. `1.10` and `1e2` stay what they
 * are; what is no number is none that changes.
 */
export function isChanged(text: string): boolean {
  const written = String(Number(text));
  if (written === text || !NUMBER.test(text)) return false;
  // Of an integer there is one spelling without an exponent.
  if (INTEGER.test(text) && INTEGER.test(written)) return true;
  return decimalOf(text) !== decimalOf(written);
}

/** Whether two numbers of JSON are the same, however they are written. */
export const isSameNumber = (one: string, other: string): boolean =>
  NUMBER.test(one) && NUMBER.test(other) && decimalOf(one) === decimalOf(other);

/** The same text for the same number: its digits without zeros around them, and where they stand. */
function decimalOf(text: string): string {
  const [, whole, fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === undefined) return text;
  const digits = whole + fraction;
  let first = 0;
  while (digits.charCodeAt(first) === ZERO) first += 1;
  if (first === digits.length) return '0';
  let last = digits.length;
  while (digits.charCodeAt(last - 1) === ZERO) last -= 1;
  const shift = Number(exponent) - fraction.length + digits.length - last;
  return `${text.startsWith('-') ? '-' : ''}${digits.slice(first, last)}e${shift}`;
}
