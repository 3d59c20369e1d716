import { MemoryWindowStore } from './memory-window.store.js';

const WINDOW = 10_000;

describe(MemoryWindowStore.name, () => {
  const clock = { time: 1_000_000, now: () => clock.time };
  let sut: MemoryWindowStore;

  beforeEach(() => {
    clock.time = 1_000_000;
    sut = new MemoryWindowStore(clock, 5);
  });

  const hit = (key: string, limit = 3, weight?: number): ReturnType<MemoryWindowStore['hit']> =>
    sut.hit(key, WINDOW, limit, weight);

  it('counts up to the limit, and blocks beyond it', () => {
    const seen = [hit('a'), hit('a'), hit('a'), hit('a')];
    expect(seen.map(({ totalHits, isBlocked }) => [totalHits, isBlocked])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
    ]);
  });

  it('counts each key by itself', () => {
    hit('a');
    hit('a');
    expect(hit('b').totalHits).toBe(1);
  });

  it('counts a hit of more weight at once', () => {
    expect(hit('a', 3, 3)).toMatchObject({ totalHits: 3, isBlocked: false });
    expect(hit('a', 3, 2)).toMatchObject({ totalHits: 5, isBlocked: true });
  });

  it('tells the rest of the window in whole seconds, rounded up and never 0', () => {
    expect(hit('a').timeToExpire).toBe(10);
    clock.time += 1;
    expect(hit('a').timeToExpire).toBe(10);
    clock.time += 8_999;
    expect(hit('a').timeToExpire).toBe(1);
    clock.time += 999;
    expect(hit('a')).toMatchObject({ timeToExpire: 1, timeToBlockExpire: 1, isBlocked: true });
  });

  it('has no time to wait while nothing is blocked', () => {
    expect(hit('a').timeToBlockExpire).toBe(0);
  });

  it('begins anew when the window ends, to the millisecond', () => {
    for (let count = 0; count < 4; count += 1) hit('a');
    clock.time += WINDOW - 1;
    expect(hit('a').isBlocked).toBe(true);
    clock.time += 1;
    expect(hit('a')).toEqual({
      totalHits: 1,
      timeToExpire: 10,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
  });

  it('does not let hits while blocked put the end off', () => {
    for (let count = 0; count < 100; count += 1) {
      hit('a');
      clock.time += WINDOW / 100;
    }
    expect(hit('a').isBlocked).toBe(false);
  });

  it('keeps no more windows than it may, and drops the oldest', () => {
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      clock.time += 10;
      hit(key);
      expect(sut.size).toBeLessThanOrEqual(5);
    }
    expect(hit('f').totalHits).toBe(2);
    expect(hit('b').totalHits).toBe(2);
    expect(hit('a').totalHits).toBe(1);
  });

  it('counts a window that was replaced among the youngest', () => {
    hit('a');
    clock.time += 5_000;
    for (const key of ['b', 'c', 'd']) hit(key);
    clock.time += 5_000;
    for (const key of ['a', 'e', 'f']) hit(key);
    expect(hit('a').totalHits).toBe(2);
    expect(hit('b').totalHits).toBe(1);
  });

  it('sweeps what has ended when it needs room', () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) hit(key);
    clock.time += WINDOW;
    hit('f');
    expect(sut.size).toBe(1);
  });

  it('keeps 100,000 windows unless it is told otherwise', () => {
    const large = new MemoryWindowStore(clock);
    for (let address = 0; address < 101_000; address += 1) {
      large.hit(`ip:${address}`, WINDOW, 100);
    }
    expect(large.size).toBe(100_000);
  });

  it('starts no timers', () => {
    jest.useFakeTimers();
    try {
      hit('a');
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('says no second too many where the clock has fractions', () => {
    const start = 527_769.735_759_960_8;
    expect(start + 900_000 - start).toBeGreaterThan(900_000);
    const record = new MemoryWindowStore({ now: () => start }).hit('key', 900_000, 10);
    expect(record.timeToExpire).toBe(900);
  });
});
