import { LineGate, STDERR_RATE } from './line-gate.js';

describe(LineGate.name, () => {
  let passed: number;
  let told: number[];
  let sut: LineGate;
  const add = (lines: number): void => {
    for (let count = 0; count < lines; count += 1) sut.add('line');
  };

  beforeEach(() => {
    jest.useFakeTimers();
    passed = 0;
    told = [];
    sut = new LineGate(
      () => (passed += 1),
      (leftOut) => void told.push(leftOut),
    );
  });
  afterEach(() => jest.useRealTimers());

  it('lets a burst through, then so many a second, and says how many it has left out', () => {
    add(10_000);
    expect(passed).toBe(STDERR_RATE.burst);
    jest.advanceTimersByTime(1000);
    add(10_000);
    expect(passed).toBe(STDERR_RATE.burst + STDERR_RATE.perSecond);
    jest.advanceTimersByTime(60_000);
    expect(told).toEqual([20_000 - passed]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says so at once when the program ends', () => {
    add(STDERR_RATE.burst + 1);
    sut.flush();
    sut.flush();
    expect(told).toEqual([1]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
