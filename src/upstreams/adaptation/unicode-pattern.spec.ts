import { unicodePattern } from './unicode-pattern.js';

describe(unicodePattern, () => {
  it.each(['^[a-z]+$', String.raw`^\d{3}-\d{4}$`, String.raw`\p{L}+`, '', String.raw`[\]\-\\]`])(
    'leaves %j as it is',
    (pattern) => {
      expect(unicodePattern(pattern)).toBe(pattern);
    },
  );

  it.each([
    [String.raw`^https\:\/\/`, String.raw`^https:\/\/`, ['https://x'], ['http://x']],
    [String.raw`^[\w-.]+$`, String.raw`^[\w\-.]+$`, ['a-b.c'], ['a b']],
    [String.raw`^[\w\-\_\@]+$`, String.raw`^[\w\-_@]+$`, ['a-_@'], ['a b']],
    [String.raw`^\-?\d+\_x$`, String.raw`^-?\d+_x$`, ['-1_x', '1_x'], ['x']],
    ['^{[a-z]+}$', String.raw`^\{[a-z]+\}$`, ['{abc}'], ['abc']],
    ['^[a-z]{2,3}]$', String.raw`^[a-z]{2,3}\]$`, ['ab]'], ['ab']],
    [String.raw`^[.-\d]$`, String.raw`^[.\-\d]$`, ['.', '-', '7'], ['a']],
    [String.raw`^[^\s-\w]$`, String.raw`^[^\s\-\w]$`, ['!'], ['-', 'a', ' ']],
    [String.raw`^\"\'\ $`, `^"' $`, [`"' `], ['x']],
  ])('writes %j as %j', (pattern, expected, fitting, unfitting) => {
    expect(unicodePattern(pattern)).toBe(expected);
    for (const flags of ['', 'u']) {
      const matcher = new RegExp(flags === '' ? pattern : expected, flags);
      expect(fitting.map((text) => matcher.test(text))).toEqual(fitting.map(() => true));
      expect(unfitting.map((text) => matcher.test(text))).toEqual(unfitting.map(() => false));
    }
  });

  it.each(['(', '[a', String.raw`(?i)x`, '*', String.raw`(?<a`])('has none for %j', (pattern) => {
    expect(unicodePattern(pattern)).toBeUndefined();
  });
});
