import { setImmediate } from 'node:timers/promises';
import { inSlices, SLICE_MS, Slices } from './slices.js';
import type { Steps } from './steps.js';

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
    void setImmediate().then(() => others.push('immediate'));
    setTimeout(() => others.push('timer'), 1);
    now += SLICE_MS;
    await sut.next();
    expect(others.sort()).toEqual(['immediate', 'timer']);
    expect(sut.isOver).toBe(false);
  });

  it('begins one slice in a turn of the event loop, however many works there are', async () => {
    const seen: string[] = [];
    const works = [1, 2, 3].map(() => new Slices().next().then(() => seen.push('slice')));
    const over = new AbortController();
    const turns = (async () => {
      while (!over.signal.aborted) {
        seen.push('turn');
        await setImmediate();
      }
    })();
    await Promise.all(works);
    over.abort();
    await turns;
    expect(seen.filter((entry) => entry === 'slice')).toHaveLength(3);
    expect(seen.join(' ')).not.toContain('slice slice');
  });

  it('goes no further when the work is not wanted any more', async () => {
    const over = new AbortController();
    const next = new Slices().next(over.signal);
    over.abort(new Error('gone'));
    await expect(next).rejects.toThrow('gone');
  });
});

describe(inSlices.name, () => {
  it('comes to an end when it is not wanted any more', async () => {
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
