import { ConcurrencyLimit } from './concurrency.js';

describe(ConcurrencyLimit.name, () => {
  it('lets in as many as there are places, and another for each that leaves', () => {
    const sut = new ConcurrencyLimit(2);
    expect([sut.tryEnter(), sut.tryEnter(), sut.tryEnter(), sut.tryEnter()]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(sut.inFlight).toBe(2);
    sut.leave();
    expect([sut.tryEnter(), sut.tryEnter()]).toEqual([true, false]);
    sut.leave();
    sut.leave();
    expect(sut.inFlight).toBe(0);
  });
});
