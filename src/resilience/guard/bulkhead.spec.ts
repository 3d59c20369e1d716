import { Bulkhead } from './bulkhead.js';

describe(Bulkhead.name, () => {
  let sut: Bulkhead;
  let order: string[];

  const enter = (who: string, signal?: AbortSignal): Promise<string> =>
    sut.enter(signal).then(
      (hasWaited) => (order.push(who), hasWaited ? 'waited' : 'at once'),
      (error: Error) => error.name,
    );

  beforeEach(() => {
    sut = new Bulkhead('upstream', 2, 2);
    order = [];
  });

  it('lets so many in, so many wait in the order in which they came, and the next one is refused', async () => {
    expect([await enter('a'), await enter('b')]).toEqual(['at once', 'at once']);
    const waiting = [enter('c'), enter('d')];
    expect({ inFlight: sut.inFlight, queued: sut.queued }).toEqual({ inFlight: 2, queued: 2 });
    expect(await enter('e')).toBe('QueueFullError');
    sut.leave();
    sut.leave();
    expect(await Promise.all(waiting)).toEqual(['waited', 'waited']);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    expect({ inFlight: sut.inFlight, queued: sut.queued }).toEqual({ inFlight: 2, queued: 0 });
    sut.leave();
    sut.leave();
    expect(sut.inFlight).toBe(0);
  });

  it('forgets who gives up while waiting, and passes the place on', async () => {
    await enter('a');
    await enter('b');
    const impatient = new AbortController();
    const waiting = [enter('c', impatient.signal), enter('d')];
    impatient.abort();
    expect(await waiting[0]).toBe('OutboundCancelledError');
    expect(sut.queued).toBe(1);
    sut.leave();
    expect(await waiting[1]).toBe('waited');
    impatient.abort();
    expect(sut.inFlight).toBe(2);
  });

  it('takes no place for who has given up already', async () => {
    expect(await enter('a', AbortSignal.abort())).toBe('OutboundCancelledError');
    expect(sut.inFlight).toBe(0);
  });

  it('has no queue when its length is 0', async () => {
    sut = new Bulkhead('upstream', 1, 0);
    await enter('a');
    expect(await enter('b')).toBe('QueueFullError');
    sut.leave();
    expect(await enter('c')).toBe('at once');
  });
});
