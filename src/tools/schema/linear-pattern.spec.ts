import * as fc from 'fast-check';
import { liveMiB } from '../../../test/helpers/live-memory.js';
import { linearPattern, MAX_PATTERN } from './linear-pattern.js';

/** Patterns whose parts mean something else in RE2, or are written otherwise there. */
const PATTERNS = [
  ...['^(a+)+$', '^[a-z-9]+$', '^[-a]$', '^[a-]$', '[^]', '[]', '[[:alpha:]', '^\\s*$', '^\\S+$', '[\\s\\S]'],
  ...[
    '^.$',
    '^\\w+$',
    '^\\W$',
    '[^\\w-]',
    '^\\d{2,3}$',
    '^\\D$',
    '^\\u{1F98A}$',
    '^\\uD83E\\uDD8A$',
    '^🦊+$',
  ],
  ...[
    '\\bfoo\\b',
    '[\\b]',
    '^\\cJ$',
    '^\\0$',
    '^\\x41$',
    '^\\/\\-'.slice(0, -2),
    '^(?<name>x)(?:y|z)?$',
    'a{2}',
  ],
  ...[
    '^\\p{L}+$',
    '^\\P{Lu}$',
    '^[\\p{L}\\p{N}_]+$',
    '(a|b)*?c',
    '^$',
    'a|',
    'x{0,3}y',
    '^[&-]+$',
    '\\Bx',
    '^[^\\s]$',
  ],
  ...[
    '\\.',
    '^\\^\\$\\\\$',
    '[\\]\\[]',
    '^#[0-9a-fA-F]{6}$',
    '^[^\\n]*$',
    '^[\\u0000-\\u001f]$',
    '[\\d-x]'.replace('-x', 'x'),
  ],
];
const CHARACTERS = [
  ...['a', 'b', 'c', 'f', 'o', 'x', 'y', 'z', 'A', '_', '0', '9', '-', ' ', '\t', '\n', '\r', '\v', '\f'],
  ...[
    '\u00a0',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\u0085',
    'é',
    'ß',
    '🦊',
    '\ud83e',
    '\u0000',
    '\b',
    '.',
    '/',
    '^',
  ],
  ...['$', '\\', '[', ']', '&', '#', ':'],
];

describe(linearPattern.name, () => {
  it.each(PATTERNS)('matches %s as ECMAScript does', (pattern) => {
    const matcher = linearPattern(pattern);
    const expression = new RegExp(pattern, 'u');
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 4 }), (characters) => {
        const text = characters.join('');
        expect([text, matcher?.test(text)]).toEqual([text, expression.test(text)]);
      }),
      { numRuns: 400 },
    );
    for (const text of [
      'aaaa',
      'foo',
      'a foo b',
      '#a0B1c2',
      '^$\\',
      'xyz',
      'aac',
      '123',
      '',
      'a'.repeat(30),
    ]) {
      expect([text, matcher?.test(text)]).toEqual([text, expression.test(text)]);
    }
  });

  it.each([
    ['looks ahead', '^(?!x)'],
    ['looks behind', '(?<=x)y'],
    ['refers back', '(a)\\1'],
    ['refers back by a name', '(?<n>a)\\k<n>'],
    ['names a script', '\\p{Script=Greek}'],
    ['changes the case on the way', '(?i:a)'],
    ['repeats too often', 'a{1001}'],
    ['repeats repetitions too often', '(a{1000}){1000}'],
    ['repeats so that the program is too large', '((\\p{L}|\\p{N}|[^x]){30}){40}'],
    ['repeats a category so that the program takes 8 MiB', '\\p{L}{990}'],
    ['repeats a class of very many ranges', `[${'acegikmoqsuwy'.repeat(40)}]{200}`],
    ['is too long', 'a'.repeat(MAX_PATTERN + 1)],
  ])('has none for one that %s', (_what, pattern) => {
    expect(linearPattern(pattern)).toBeUndefined();
  });

  it('has one for names of people as they are often described', () => {
    expect(linearPattern("^[\\p{L}\\p{M} .'-]{1,60}$")?.test("Zoë O'Neill")).toBe(true);
  });

  it('keeps nothing of a text, however many ways there are to go through it', () => {
    const matchers = Array.from({ length: 40 }, (_none, index) =>
      linearPattern(`[\\p{L}\\p{N}]*a[\\p{L}\\p{N}]{8}b${index}`),
    );
    let state = 1;
    const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 8;
    const letters = Array.from({ length: 1000 }, () => 'abé'[next() % 3]).join('');
    // Compiles the engine itself.
    expect(linearPattern('[a-z]*a[a-z]{8}c')?.test(letters)).toBe(false);
    const before = liveMiB();
    for (const [index, matcher] of matchers.entries())
      expect(matcher?.test(`${letters}aéaéaéaéab${index}`)).toBe(true);
    expect(liveMiB() - before).toBeLessThan(5);
  });

  it('refuses what is no pattern', () => {
    expect(() => linearPattern('(')).toThrow(SyntaxError);
  });

  it('takes steps in proportion to the text where a backtracking engine never ends', () => {
    expect(linearPattern('^(a+)+$')?.test(`${'a'.repeat(100_000)}!`)).toBe(false);
  });
});
