import { Deadlines } from './deadlines.js';

describe(Deadlines.name, () => {
  let sut: Deadlines;
  let passed: string[];
  const begin = (name: string, ms: number): ReturnType<Deadlines['begin']> =>
    sut.begin(ms, () => passed.push(name));

  beforeEach(() => {
    jest.useFakeTimers();
    sut = new Deadlines();
    passed = [];
  });

  afterEach(() => jest.useRealTimers());

  it('calls back when the time has passed, each deadline for itself', () => {
    begin('long', 200);
    begin('short', 100);
    jest.advanceTimersByTime(99);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(passed).toEqual(['short']);
    jest.advanceTimersByTime(100);
    expect(passed).toEqual(['short', 'long']);
  });

  it('calls back for one that begins later', () => {
    begin('first', 100);
    jest.advanceTimersByTime(50);
    begin('second', 100);
    jest.advanceTimersByTime(100);
    expect(passed).toEqual(['first', 'second']);
  });

  it('does not call back after the end, whether that came at once or later', () => {
    begin('at once', 100).end();
    const later = begin('later', 100);
    jest.advanceTimersByTime(50);
    later.end();
    jest.advanceTimersByTime(1000);
    expect(passed).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('makes no timer for what is over before the event loop comes round', () => {
    const begun = jest.spyOn(globalThis, 'setTimeout');
    begin('at once', 100).end();
    jest.advanceTimersByTime(1000);
    expect(begun).not.toHaveBeenCalled();
  });
});
