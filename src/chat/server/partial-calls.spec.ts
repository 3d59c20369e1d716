import { PartialCalls } from './partial-calls.js';

describe(PartialCalls.name, () => {
  it('counts each index and each id that it has to remember', () => {
    const sut = new PartialCalls();
    sut.add({ index: 0, id: 'a', function: { name: 'a', arguments: '{' } });
    const kept = [1, 2, 3].map((index) => sut.add({ index, id: `b${index}`.repeat(1000) }));
    expect(kept).toEqual([128, 128, 128]);
    expect(sut.add({ index: 0, function: { arguments: '}' } })).toBe(1);
  });

  it('tells a placeholder by its beginning, however many pieces there are', () => {
    const sut = new PartialCalls();
    sut.add({ function: { name: 'a', arguments: `${' '.repeat(100_000)}{}` } });
    for (let piece = 0; piece < 100; piece += 1) sut.add({ function: { name: 'a' } });
    expect(sut.complete(true).length).toBeGreaterThan(1);
  });
});
