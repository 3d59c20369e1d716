import * as fc from 'fast-check';
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
    ['is too long', 'a'.repeat(MAX_PATTERN + 1)],
  ])('has none for one that %s', (_what, pattern) => {
    expect(linearPattern(pattern)).toBeUndefined();
  });

  it('refuses what is no pattern', () => {
    expect(() => linearPattern('(')).toThrow(SyntaxError);
  });

  it('takes steps in proportion to the text where a backtracking engine never ends', () => {
    expect(linearPattern('^(a+)+$')?.test(`${'a'.repeat(100_000)}!`)).toBe(false);
  });
});
