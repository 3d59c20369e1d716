import type { Progress } from '../../core/call-context.js';
import { ProgressThinner } from './progress.thinner.js';

describe(ProgressThinner.name, () => {
  let passed: number[];
  let sut: ProgressThinner;
  const add = (from: number, to: number): void => {
    for (let progress = from; progress <= to; progress += 1) sut.add({ progress });
  };

  beforeEach(() => {
    jest.useFakeTimers();
    passed = [];
    sut = new ProgressThinner(({ progress }: Progress) => void passed.push(progress));
  });
  afterEach(() => jest.useRealTimers());

  it('passes few steps on at once', () => {
    add(1, 10);
    expect(passed).toHaveLength(10);
  });

  it('passes of many the latest, ten times a second', () => {
    add(1, 1000);
    expect(passed).toHaveLength(10);
    jest.advanceTimersByTime(100);
    expect(passed.slice(10)).toEqual([1000]);
    for (let second = 0; second < 10; second += 1) {
      add(1001 + second * 100, 1100 + second * 100);
      jest.advanceTimersByTime(100);
    }
    expect(passed.length).toBeLessThanOrEqual(22);
    expect(passed.at(-1)).toBe(2000);
  });

  it('passes the last before the answer, and nothing after it', () => {
    add(1, 50);
    sut.end();
    expect(passed.at(-1)).toBe(50);
    add(51, 60);
    jest.advanceTimersByTime(10_000);
    expect(passed.at(-1)).toBe(50);
    expect(jest.getTimerCount()).toBe(0);
  });
});
