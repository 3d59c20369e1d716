import { SLICE_MS, Slices } from './slices.js';

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
