import { inOneGo, inSlices, SLICE_MS, Slices, sorted, type Steps } from './slices.js';

describe(Slices.name, () => {
  let now = 0;

  beforeEach(() => {
    now = 1000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  it('is over when its time is', () => {
    const sut = new Slices();
    expect(sut.isOver).toBe(false);
    now += SLICE_MS;
    expect(sut.isOver).toBe(true);
  });

  it('lets everything else have its turn between two slices', async () => {
    const sut = new Slices();
    const others: string[] = [];
    setImmediate(() => others.push('immediate'));
    setTimeout(() => others.push('timer'), 1);
    now += SLICE_MS;
    await sut.next();
    expect(others.sort()).toEqual(['immediate', 'timer']);
    expect(sut.isOver).toBe(false);
  });

  it('goes no further when the work is not wanted any more', async () => {
    const over = new AbortController();
    const next = new Slices().next(over.signal);
    over.abort(new Error('gone'));
    await expect(next).rejects.toThrow('gone');
  });
});

describe('Steps', () => {
  it('puts a list in order', () => {
    const list = Array.from({ length: 2501 }, (_none, index) => (index * 7919) % 2503);
    const inOrder = list.toSorted((a, b) => a - b);
    expect(inOneGo(sorted(list, (value) => value))).toEqual(inOrder);
    expect(inOneGo(sorted<number>([], (value) => value))).toEqual([]);
  });

  it('come to an end when they are not wanted any more', async () => {
    let hasEnded = false;
    const endless = function* (): Steps {
      try {
        for (;;) yield;
      } finally {
        hasEnded = true;
      }
    };
    const over = new AbortController();
    const done = inSlices(endless(), over.signal);
    over.abort(new Error('gone'));
    await expect(done).rejects.toThrow('gone');
    expect(hasEnded).toBe(true);
  });
});
