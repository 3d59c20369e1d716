import { tokensIn, trimTo } from './tokens.js';

describe(trimTo.name, () => {
  it('leaves alone what fits', () => {
    const text = 'x'.repeat(400);
    expect(tokensIn(text)).toBe(100);
    expect(trimTo(text, 100)).toBe(text);
  });

  it('cuts off the rest, and says how much', () => {
    expect(trimTo('x'.repeat(401), 100)).toBe(
      `${'x'.repeat(400)}\n[cut here: 1 of 401 characters left out; ask for less, or for a narrower question]`,
    );
  });

  it('does not cut through a character', () => {
    const text = `${'x'.repeat(3)}${'\u{1F600}'.repeat(10)}`;
    expect(trimTo(text, 1).isWellFormed()).toBe(true);
    expect(trimTo(text, 1)).toContain('20 of 23 characters');
  });
});
