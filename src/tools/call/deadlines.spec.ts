import { Cancellation, DeadlinePassed } from '../../core/cancellation.js';
import { Deadlines } from './deadlines.js';

describe(Deadlines.name, () => {
  let sut: Deadlines;
  let passed: string[];
  const begin = (
    name: string,
    ms: number,
    cancellation = new Cancellation(),
  ): ReturnType<Deadlines['begin']> => {
    cancellation.onCancel((reason) => {
      if (reason instanceof DeadlinePassed) passed.push(name);
    });
    return sut.begin(ms, cancellation);
  };

  beforeEach(() => {
    jest.useFakeTimers();
    sut = new Deadlines();
    passed = [];
  });

  afterEach(() => jest.useRealTimers());

  it('cancels when the time has passed, each deadline for itself', () => {
    begin('long', 200);
    begin('short', 100);
    jest.advanceTimersByTime(99);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(passed).toEqual(['short']);
    jest.advanceTimersByTime(100);
    expect(passed).toEqual(['short', 'long']);
  });

  it('cancels one that begins later', () => {
    begin('first', 100);
    jest.advanceTimersByTime(50);
    begin('second', 100);
    jest.advanceTimersByTime(100);
    expect(passed).toEqual(['first', 'second']);
  });

  it('does not cancel after the end, whether that came at once or later', () => {
    begin('at once', 100).end();
    const later = begin('later', 100);
    jest.advanceTimersByTime(50);
    later.end();
    jest.advanceTimersByTime(1000);
    expect(passed).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells the call when it will pass, until it has ended', () => {
    const cancellation = new Cancellation();
    const deadline = begin('one', 100, cancellation);
    expect(cancellation.deadlineAt).toBe(performance.now() + 100);
    jest.advanceTimersByTime(50);
    expect(cancellation.deadlineAt).toBe(performance.now() + 50);
    deadline.end();
    expect(cancellation.deadlineAt).toBeUndefined();
  });

  it('makes no timer for what is over before the event loop comes round', () => {
    const begun = jest.spyOn(globalThis, 'setTimeout');
    begin('at once', 100).end();
    jest.advanceTimersByTime(1000);
    expect(begun).not.toHaveBeenCalled();
    begin('later', 100);
    jest.advanceTimersByTime(1000);
    expect(begun).toHaveBeenCalledTimes(1);
  });
});
