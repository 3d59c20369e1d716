import { HostFacts } from './host-facts.service.js';
import { OwnEndpoints } from './own-endpoints.service.js';

const MINUTE = 60_000;

describe(OwnEndpoints.name, () => {
  let sut: OwnEndpoints;
  /** The names that were looked up, in order. */
  let asked: string[];
  let answer: () => void;

  beforeEach(() => {
    jest.useFakeTimers();
    asked = [];
    sut = new OwnEndpoints(new HostFacts());
    sut.set('storage', [{ host: 'redis.example.com', port: 6379 }]);
    sut.lookUpWith((name) => {
      asked.push(name);
      return new Promise((resolve) => (answer = () => resolve(['192.0.2.1'])));
    });
  });
  afterEach(() => {
    sut.onApplicationShutdown();
    jest.useRealTimers();
  });

  const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

  it('looks a name up every minute', async () => {
    await settle();
    for (const times of [1, 2, 3]) {
      expect(asked).toHaveLength(times);
      answer();
      await jest.advanceTimersByTimeAsync(MINUTE);
    }
  });

  it('leaves out what comes due while it still looks', async () => {
    await jest.advanceTimersByTimeAsync(10 * MINUTE);
    answer();
    await settle();
    expect(asked).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(asked).toHaveLength(2);
  });

  it('looks once more for all that is said while it looks', async () => {
    await settle();
    for (const host of ['a.example.com', 'b.example.com', 'c.example.com'])
      sut.set('upstreams', [{ host, port: 443 }]);
    for (let times = 0; times < 10; times += 1) {
      answer();
      await settle();
    }
    expect(asked).toEqual(['redis.example.com', 'redis.example.com', 'c.example.com']);
  });
});
