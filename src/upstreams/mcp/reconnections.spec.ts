import { gatedFetch } from './answer-gate.js';
import { RECONNECT_MS, Reconnections, whileAsking, withBoundedRetry } from './reconnections.js';

describe(withBoundedRetry.name, () => {
  it.each([
    ['retry: 0', 'retry: 1000'],
    ['retry:5', 'retry: 1000'],
    ['retry: 5000', 'retry: 5000'],
    ['retry: 2147483647', 'retry: 30000'],
    [`retry: ${'9'.repeat(1000)}`, 'retry: 30000'],
    ['data: retry: 0', 'data: retry: 0'],
  ])('makes of %s %s', (line, bounded) => {
    expect(withBoundedRetry(line)).toBe(bounded);
  });

  it('holds for every stream of an upstream', async () => {
    const events = new Response('id: 1\nretry: 0\ndata: a\n\n', {
      headers: { 'content-type': 'text/event-stream' },
    });
    const response = await gatedFetch(() => Promise.resolve(events))('x:');
    expect(await new Response(response.body).text()).toContain(`retry: ${RECONNECT_MS.least}\n`);
  });
});

describe(Reconnections.name, () => {
  let sut: Reconnections;
  const reconnect = jest.fn();
  beforeEach(() => {
    jest.useFakeTimers();
    reconnect.mockClear();
    sut = new Reconnections();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('asks again in time', async () => {
    await whileAsking(async () => {
      sut.schedule(reconnect, 1000);
      await jest.advanceTimersByTimeAsync(999);
      expect(reconnect).not.toHaveBeenCalled();
      await jest.advanceTimersByTimeAsync(1);
      expect(reconnect).toHaveBeenCalledTimes(1);
    });
  });

  it('leaves nothing waiting for work that is over', async () => {
    let later: (() => void) | undefined;
    await whileAsking(async () => {
      await Promise.resolve();
      sut.schedule(reconnect, 1000);
      sut.schedule(reconnect, 1000);
      const { promise, resolve } = Promise.withResolvers<void>();
      later = resolve;
      void promise.then(() => sut.schedule(reconnect, 1000));
    });
    expect(jest.getTimerCount()).toBe(0);
    later!();
    await Promise.resolve();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves nothing waiting for a connection that has closed', () => {
    for (let streams = 0; streams < 3; streams += 1) sut.schedule(reconnect, 1000);
    expect(jest.getTimerCount()).toBe(3);
    sut.end();
    sut.schedule(reconnect, 1000);
    expect(jest.getTimerCount()).toBe(0);
  });
});
