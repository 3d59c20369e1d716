import { MemoryWindowStore } from './memory-window.store.js';

const WINDOW = 10_000;

describe(MemoryWindowStore.name, () => {
  const clock = { time: 1_000_000, now: () => clock.time };
  let sut: MemoryWindowStore;

  beforeEach(() => {
    clock.time = 1_000_000;
    sut = new MemoryWindowStore(clock, 5);
  });

  const hit = (key: string, limit = 3, weight?: number): ReturnType<MemoryWindowStore['increment']> =>
    sut.increment(key, WINDOW, limit, WINDOW, 'default', weight);

  it('counts up to the limit, and blocks beyond it', async () => {
    const seen = [await hit('a'), await hit('a'), await hit('a'), await hit('a')];
    expect(seen.map(({ totalHits, isBlocked }) => [totalHits, isBlocked])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
    ]);
  });

  it('counts each key by itself', async () => {
    await hit('a');
    await hit('a');
    expect((await hit('b')).totalHits).toBe(1);
  });

  it('counts a hit of more weight at once', async () => {
    expect(await hit('a', 3, 3)).toMatchObject({ totalHits: 3, isBlocked: false });
    expect(await hit('a', 3, 2)).toMatchObject({ totalHits: 5, isBlocked: true });
  });

  it('tells the rest of the window in whole seconds, rounded up and never 0', async () => {
    expect((await hit('a')).timeToExpire).toBe(10);
    clock.time += 1;
    expect((await hit('a')).timeToExpire).toBe(10);
    clock.time += 8_999;
    expect((await hit('a')).timeToExpire).toBe(1);
    clock.time += 999;
    expect(await hit('a')).toMatchObject({ timeToExpire: 1, timeToBlockExpire: 1, isBlocked: true });
  });

  it('has no time to wait while nothing is blocked', async () => {
    expect((await hit('a')).timeToBlockExpire).toBe(0);
  });

  it('begins anew when the window ends, to the millisecond', async () => {
    for (let count = 0; count < 4; count += 1) await hit('a');
    clock.time += WINDOW - 1;
    expect((await hit('a')).isBlocked).toBe(true);
    clock.time += 1;
    expect(await hit('a')).toEqual({
      totalHits: 1,
      timeToExpire: 10,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
  });

  it('does not let hits while blocked put the end off', async () => {
    for (let count = 0; count < 100; count += 1) {
      await hit('a');
      clock.time += WINDOW / 100;
    }
    expect((await hit('a')).isBlocked).toBe(false);
  });

  it('keeps no more windows than it may, and drops the oldest', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      clock.time += 10;
      await hit(key);
      expect(sut.size).toBeLessThanOrEqual(5);
    }
    expect((await hit('f')).totalHits).toBe(2);
    expect((await hit('b')).totalHits).toBe(2);
    expect((await hit('a')).totalHits).toBe(1);
  });

  it('counts a window that was replaced among the youngest', async () => {
    await hit('a');
    clock.time += 5_000;
    for (const key of ['b', 'c', 'd']) await hit(key);
    clock.time += 5_000;
    for (const key of ['a', 'e', 'f']) await hit(key);
    expect((await hit('a')).totalHits).toBe(2);
    expect((await hit('b')).totalHits).toBe(1);
  });

  it('sweeps what has ended when it needs room', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await hit(key);
    clock.time += WINDOW;
    await hit('f');
    expect(sut.size).toBe(1);
  });

  it('keeps 100,000 windows unless it is told otherwise', async () => {
    const large = new MemoryWindowStore(clock);
    for (let address = 0; address < 101_000; address += 1) {
      await large.increment(`ip:${address}`, WINDOW, 100);
    }
    expect(large.size).toBe(100_000);
  });

  it('starts no timers', async () => {
    jest.useFakeTimers();
    try {
      await hit('a');
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
