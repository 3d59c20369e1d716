import * as fc from 'fast-check';
import { parseAnswer } from './answer.js';
import { canonicalJson } from './canonical-json.js';
import { isChanged, isRawJSON, isSameNumber } from './exact-numbers.js';
import { copyOf, exactOf, hasExact, plainOf, withDefaults } from './exact-values.js';
import { MAX_CHANGED } from './json-scan.js';
import { readJson } from './json-structure.js';
import { marked, restored } from './number-marks.js';
import { parseOwn } from './own-json.js';

const ID = '1915883588174806058';
const digits = (max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });
/** Numbers as RFC 8259, 6 writes them. */
const NUMBER = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.tuple(fc.constantFrom(...'123456789'), digits(25)).map((all) => all.join('')),
    ),
    fc.option(digits(25), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), digits(3)), { nil: undefined }),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction && `.${fraction}`, exponent?.join('')].join(''),
  );

describe(isChanged.name, () => {
  it.each([ID, '9007199254740993', '0.1234567890123456789', '1e400', '-1e-400', '0.30000000000000000001'])(
    'is true of %s',
    (text) => expect(isChanged(text)).toBe(true),
  );

  it.each([
    '0',
    '-0',
    '1.10',
    '1e2',
    '100',
    '1E+2',
    '9007199254740992',
    '0.1',
    '0.30000000000000004',
    '1e23',
  ])('is false of %s', (text) => expect(isChanged(text)).toBe(false));

  it.each(['01234567890123456789', '1.', '.5', '1e', '--1', '12345678901234567890.', '1-2'])(
    'leaves %s, which is no number, to the parser',
    (text) => {
      expect(isChanged(text)).toBe(false);
      for (const json of [text, `[${text}]`, `{"a":${text}}`])
        expect(() => parseAnswer(json)).toThrow(SyntaxError);
    },
  );

  it.each([`{${ID}:1}`, `{"a":1,${ID}:1}`, `[1 ${ID}]`, `["a"${ID}]`, `${ID}"a"`, `[${ID}`])(
    'makes no JSON of %s',
    (json) => expect(() => parseAnswer(json)).toThrow(SyntaxError),
  );
});

describe('Parsing', () => {
  /** What becomes of a number, wherever it is another one. */
  const changesOf = (text: string): string[] =>
    [parseAnswer, parseOwn, (json: string) => readJson(json, Error)]
      .flatMap((parse) => [parse(`[ ${text} ]`), parse(`{"a":${text}}`), parse(`[{"b":[0,${text}]}]`)])
      .map((value) => JSON.stringify(value))
      .filter((json) => !isSameNumber(/(-?\d[\d.eE+-]*)[}\]]+$/.exec(json)?.[1] ?? '', text));

  it('gives every number back that was there', () => {
    fc.assert(
      fc.property(NUMBER, (text) => expect(changesOf(text)).toEqual([])),
      { numRuns: 2000 },
    );
  });

  it.each([ID, `-${ID}`, '1e400', '0e999', '1.10'])('gives %s back', (text) => {
    expect(changesOf(text)).toEqual([]);
  });

  it('gives a double wherever one will do', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(hasExact(parseAnswer(text))).toBe(false);
        expect(JSON.stringify(parseOwn(text))).toBe(text);
      }),
    );
  });

  it('takes no number out of a text', () => {
    expect(parseAnswer(`{"a":"${ID}","${ID}":"b \\"${ID}"}`)).toEqual({ a: ID, [ID]: `b "${ID}` });
  });

  it('keeps the numbers of some members alone', () => {
    const text = `{"id":${ID},"data":[${ID}],"list":[{"data":{"list":${ID}}},${ID}]}`;
    const places = [...text.matchAll(/\d+/g)].flatMap(({ index, 0: { length } }) => [index, index + length]);
    const value = restored(JSON.parse(marked(text, places)), (name) => name === 'data');
    const double = JSON.stringify(Number(ID));
    expect(JSON.stringify(value)).toBe(
      `{"id":${double},"data":[${ID}],"list":[{"data":{"list":${ID}}},${double}]}`,
    );
  });
});

describe('Values with exact numbers', () => {
  const value = parseAnswer(`{"a":[${ID},{"b":1.5}],"c":{"d":${ID}}}`);

  it('have a plain form', () => {
    const number = Number(ID);
    expect(plainOf(value)).toEqual({ a: [number, { b: 1.5 }], c: { d: number } });
    expect(exactOf(plainOf(value))).toBe(value);
    const plain = { a: [1] };
    expect(plainOf(plain)).toBe(plain);
    expect(exactOf(plain)).toBe(plain);
  });

  it('have members named __proto__ that stay members', () => {
    const odd = parseAnswer(`{"__proto__":{"a":${ID}}}`) as object;
    for (const made of [odd, plainOf(odd), copyOf(odd), withDefaults(odd, plainOf(odd)) as object]) {
      expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
      expect(Object.keys(made)).toEqual(['__proto__']);
    }
  });

  it('are copied', () => {
    const copy = copyOf(value);
    expect(copy).not.toBe(value);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
  });

  it('have a canonical form, by which numbers differ that are one as doubles', () => {
    expect(canonicalJson(parseAnswer(`{"b":${ID},"a":1}`))).toBe(`{"a":1,"b":${ID}}`);
  });

  it('get the defaults that their plain form has got', () => {
    const filled = { a: [Number(ID), { b: 1.5, e: 'default' }], c: { d: Number(ID), f: [1] }, g: null };
    expect(JSON.stringify(withDefaults(value, filled))).toBe(
      `{"a":[${ID},{"b":1.5,"e":"default"}],"c":{"d":${ID},"f":[1]},"g":null}`,
    );
  });

  it('are no objects', () => {
    const [number] = (value as { a: unknown[] }).a;
    expect(isRawJSON(number)).toBe(true);
    expect(() => structuredClone(number)).toThrow('could not be cloned');
  });
});

describe('Many numbers that a double does not hold', () => {
  const list = (count: number): string => `[${Array.from({ length: count }, () => ID).join(',')}]`;
  const refuse = (problem: string): Error => new Error(problem);

  it('are carried up to a bound, and refused beyond', () => {
    expect(readJson(list(MAX_CHANGED), refuse)).toHaveLength(MAX_CHANGED);
    const beyond = list(MAX_CHANGED + 1);
    expect(() => readJson(beyond, refuse)).toThrow('has more than 10000 numbers that a double does not hold');
    expect(() => parseAnswer(beyond)).toThrow('has more than 10000 numbers that a double does not hold');
  });
});
