import { trimEnd } from './trim-end.js';

describe(trimEnd.name, () => {
  it.each([
    ['a. .\n', 'a'],
    ['. a.b', '. a.b'],
    ['...', ''],
    ['', ''],
  ])('makes %j to %j', (text, expected) => {
    expect(trimEnd(text, /[.\s]/)).toBe(expected);
  });

  it('looks at no more than the end', () => {
    const tested: string[] = [];
    const dot = { test: (character: string) => tested.push(character) > 0 && character === '.' } as RegExp;
    expect(trimEnd(`${'.'.repeat(1_000_000)}a..`, dot)).toHaveLength(1_000_001);
    expect(tested).toEqual(['.', '.', 'a']);
  });
});
