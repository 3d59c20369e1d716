import { beginningOf, cut, quote } from './quote.js';

describe(cut.name, () => {
  it.each([
    ['', 3, ''],
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc...'],
    ['ab\ud83d\ude00', 4, 'ab\ud83d\ude00'],
    ['ab\ud83d\ude00', 3, 'ab...'],
    ['ab\ud83d\ude00c', 4, 'ab\ud83d\ude00...'],
  ])('makes %j of at most %i characters to %j', (text, max, expected) => {
    expect(cut(text, max)).toBe(expected);
  });

  it('makes half a surrogate pair of nothing that was whole', () => {
    const text = '\ud83d\ude00'.repeat(5);
    for (let max = 1; max <= 10; max += 1) expect(beginningOf(text, max).isWellFormed()).toBe(true);
  });
});

describe(quote.name, () => {
  it.each([
    ['a "b"\n', '"a \\"b\\"\\n"'],
    ['\ud800', '"\\ud800"'],
    ['x'.repeat(101), `"${'x'.repeat(100)}..."`],
  ])('quotes %j', (text, expected) => {
    expect(quote(text)).toBe(expected);
  });

  it('has 6 characters for each of the text at most', () => {
    expect(quote('\u0000'.repeat(1_000_000), 10)).toHaveLength(10 * 6 + 5);
  });
});
