import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';

/** Text that has broken parsers before, among text of any kind. */
export const text: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 10 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '\u0000',
      '\ud800',
      '\u2028',
      '__proto__',
      'constructor',
      'toString',
      '../../etc/passwd',
      '%s%n',
      '${7*7}',
      '{}',
      '[]',
      'null',
      '=?base64?!?=',
      'x'.repeat(5000),
    ),
  },
);

export const junk: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1.5, Number.MAX_SAFE_INTEGER + 1, 1e308),
  text,
  fc.array(fc.oneof(text, fc.integer()), { maxLength: 3 }),
  fc.dictionary(text, fc.oneof(text, fc.integer(), fc.constant(null)), { maxKeys: 3, noNullPrototype: true }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Mostly the usual value, sometimes anything, sometimes none. */
export const mostly = <T>(usual: Arbitrary<T>, weight = 16): Arbitrary<unknown> =>
  fc.oneof(
    { weight, arbitrary: usual },
    { weight: 1, arbitrary: junk },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );

/** Mostly nothing. */
export const rarely = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

export const id: Arbitrary<unknown> = fc.oneof(
  { weight: 20, arbitrary: fc.integer() },
  { weight: 12, arbitrary: text },
  { weight: 2, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: junk },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

/** An object without the members that are undefined, as JSON would have it. */
export const record = (members: Record<string, Arbitrary<unknown>>): Arbitrary<object> =>
  fc.record(members, { noNullPrototype: true });
