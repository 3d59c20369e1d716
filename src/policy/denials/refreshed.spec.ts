import { simulateClock } from '../../../test/helpers/simulated-clock.js';
import { Refreshed } from './refreshed.js';

describe(Refreshed.name, () => {
  let begun: PromiseWithResolvers<string>[];
  let sut: Refreshed<string>;

  beforeEach(() => {
    simulateClock();
    begun = [];
    sut = new Refreshed(() => {
      const reading = Promise.withResolvers<string>();
      begun.push(reading);
      return reading.promise;
    });
  });
  afterEach(() => jest.useRealTimers());

  const read = async (value: string, ms = 0): Promise<void> => {
    jest.advanceTimersByTime(ms);
    begun.at(-1)!.resolve(value);
    await sut.get();
    // The reading is known a step after its value.
    await Promise.resolve();
  };

  it('is read once for all who ask at the same moment', async () => {
    const answers = Array.from({ length: 3 }, async () => await sut.get());
    begun[0]!.resolve('a');
    await expect(Promise.all(answers)).resolves.toEqual(['a', 'a', 'a']);
    expect(begun).toHaveLength(1);
    expect(sut.get()).toBe('a');
  });

  it('serves what is known while it is read anew', async () => {
    void sut.get();
    await read('a');
    jest.advanceTimersByTime(5_000);
    expect(sut.get()).toBe('a');
    expect(sut.get()).toBe('a');
    expect(begun).toHaveLength(2);
    await read('b');
    expect(sut.get()).toBe('b');
  });

  it('lets nobody have what is older than a minute', async () => {
    void sut.get();
    await read('a');
    jest.advanceTimersByTime(60_000);
    const answer = sut.get();
    begun[1]!.resolve('b');
    await expect(answer).resolves.toBe('b');
  });

  it('is read the more seldom the longer that takes', async () => {
    void sut.get();
    await read('a', 2_000);
    jest.advanceTimersByTime(39_999);
    expect(sut.get()).toBe('a');
    expect(begun).toHaveLength(1);
    jest.advanceTimersByTime(1);
    expect(sut.get()).toBe('a');
    expect(begun).toHaveLength(2);
  });
});
