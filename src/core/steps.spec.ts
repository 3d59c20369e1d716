import { inOneGo, sorted } from './steps.js';

describe(sorted.name, () => {
  it('puts a list in order', () => {
    const list = Array.from({ length: 2501 }, (_none, index) => (index * 7919) % 2503);
    const inOrder = list.toSorted((a, b) => a - b);
    expect(inOneGo(sorted(list, (value) => value))).toEqual(inOrder);
    expect(inOneGo(sorted<number>([], (value) => value))).toEqual([]);
  });
});
