import { Cancellation, orCancelled } from './cancellation.js';

const REASON = new Error('enough');

describe(Cancellation.name, () => {
  let sut: Cancellation;

  beforeEach(() => {
    sut = new Cancellation();
  });

  it('is not cancelled at first', () => {
    expect([sut.isCancelled, sut.reason, sut.signal.aborted]).toEqual([false, undefined, false]);
  });

  it('tells listeners and the signal, whether they came before or after', () => {
    const heard: unknown[] = [];
    const { signal } = sut;
    sut.onCancel((reason) => heard.push(reason));
    sut.cancel(REASON);
    sut.onCancel((reason) => heard.push(reason));
    expect(heard).toEqual([REASON, REASON]);
    expect([signal.aborted, signal.reason, sut.isCancelled, sut.reason]).toEqual([
      true,
      REASON,
      true,
      REASON,
    ]);
  });

  it('has an aborted signal when it is first asked for one afterwards', () => {
    sut.cancel(REASON);
    expect([sut.signal.aborted, sut.signal.reason]).toEqual([true, REASON]);
  });

  it('heeds the first cancellation only', () => {
    let count = 0;
    sut.onCancel(() => {
      count += 1;
    });
    sut.cancel(REASON);
    sut.cancel(new Error('again'));
    expect([count, sut.reason]).toEqual([1, REASON]);
  });

  it('tells nobody who has stopped listening', () => {
    let count = 0;
    const stop = sut.onCancel(() => {
      count += 1;
    });
    stop();
    stop();
    sut.cancel(REASON);
    expect(count).toBe(0);
  });

  it('always answers the same signal', () => {
    expect(sut.signal).toBe(sut.signal);
  });
});

describe(orCancelled.name, () => {
  it('settles like the work that is done first', async () => {
    const cancellation = new Cancellation();
    const error = new Error('failed');
    await expect(orCancelled(Promise.resolve(1), cancellation)).resolves.toBe(1);
    await expect(orCancelled(Promise.reject(error), cancellation)).rejects.toBe(error);
  });

  it('rejects with the reason, however long the work takes', async () => {
    const cancellation = new Cancellation();
    const outcome = orCancelled(new Promise(() => undefined), cancellation);
    cancellation.cancel(REASON);
    await expect(outcome).rejects.toBe(REASON);
  });

  it('rejects at once when it was cancelled before', async () => {
    const cancellation = new Cancellation();
    cancellation.cancel(REASON);
    await expect(orCancelled(new Promise(() => undefined), cancellation)).rejects.toBe(REASON);
  });
});
