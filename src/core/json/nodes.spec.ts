import { rawJSON } from './exact-numbers.js';
import { nodesOf } from './nodes.js';

describe(nodesOf, () => {
  it.each<[unknown, number]>([
    [null, 0],
    ['text', 0],
    [{}, 0],
    [[{}, {}], 2],
    [{ a: [1, { b: null }], c: 'd' }, 5],
    // As a number that a double does not hold comes through: one value.
    [[rawJSON('12345678901234567890')], 1],
  ])('counts the members and items of %j', (value, nodes) => {
    expect(nodesOf(value)).toBe(nodes);
  });

  it('counts a name whose own members do not', () => {
    expect(nodesOf({ a: { b: [1, 2] }, c: [3] }, 10, new Set(['b', 'c']))).toBe(3);
  });

  it('looks no further than the most that is asked for', () => {
    const unread = new Proxy({}, { ownKeys: () => expect(true).toBe(false) as never });
    expect(nodesOf([1, 2, 3, unread], 2)).toBe(3);
  });
});
