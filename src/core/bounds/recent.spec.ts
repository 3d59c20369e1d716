import { Recent } from './recent.js';

describe(Recent.name, () => {
  const gone: string[] = [];
  const create = (entries: number, size: number): Recent<string, object> =>
    new Recent({ entries, size }, (_value, key) => gone.push(key));
  const kept = (sut: Recent<string, object>): string[] =>
    ['a', 'b', 'c', 'd'].filter((key) => sut.get(key) !== undefined);

  beforeEach(() => {
    gone.length = 0;
  });

  it('lets what was unused for longest make room, by number and by size', () => {
    const few = create(2, 100);
    for (const key of ['a', 'b']) few.set(key, {}, 1);
    few.get('a');
    few.set('c', {}, 1);
    expect([kept(few), gone]).toEqual([['a', 'c'], ['b']]);
    const small = create(100, 10);
    for (const key of ['a', 'b', 'c']) small.set(key, {}, 3);
    small.set('d', {}, 6);
    expect(kept(small)).toEqual(['c', 'd']);
  });

  it('does not keep what is too large, nor empties itself for it', () => {
    const sut = create(10, 10);
    sut.set('a', {}, 3);
    sut.set('b', {}, 11);
    expect(kept(sut)).toEqual(['a']);
  });

  it('tells of all that leave', () => {
    const sut = create(10, 10);
    for (const key of ['a', 'b', 'c']) sut.set(key, {}, 1);
    sut.delete('b');
    sut.clear();
    expect([kept(sut), gone.sort()]).toEqual([[], ['a', 'b', 'c']]);
  });
});
