import { register } from 'prom-client';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { RedisProcess } from '../../../test/helpers/redis-process.js';
import { AnswerCache, MAX_ANSWER_LENGTH } from './answer-cache.service.js';
import { CacheStore } from './cache.store.port.js';

const ENTRY = { cache: 'tools_list', group: 'alpha', key: 'list' } as const;

describe(AnswerCache.name, () => {
  let context: ApplicationContext;
  let sut: AnswerCache;
  let loads: number;

  const load = (): Promise<{ load: number }> => Promise.resolve({ load: (loads += 1) });
  const counts = async (): Promise<Record<string, number>> => {
    const { values = [] } = (await register.getSingleMetric('mcpo_cache_requests_total')?.get()) ?? {};
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  };
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    loads = 0;
    context = await createContext({ env });
    sut = context.get(AnswerCache);
  };

  afterEach(async () => {
    jest.useRealTimers();
    await context.close();
  });

  it.each([['tools_list', 300]] as const)('keeps %s for %d seconds', async (cache, seconds) => {
    await start();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout'] });
    const entry = { ...ENTRY, cache };
    expect(await sut.through(entry, load)).toEqual({ load: 1 });
    jest.advanceTimersByTime(seconds * 1000 - 1);
    expect(await sut.through(entry, load)).toEqual({ load: 1 });
    jest.advanceTimersByTime(1);
    expect(await sut.through(entry, load)).toEqual({ load: 2 });
    expect(await counts()).toEqual({ [`${cache} hit`]: 1, [`${cache} miss`]: 2 });
  });

  it('keeps results of tools for the time that they bring, and else not at all', async () => {
    await start();
    const entry = { ...ENTRY, cache: 'tool_results' } as const;
    await sut.through(entry, load);
    await sut.through(entry, load);
    await sut.through({ ...entry, ttlMs: 1000 }, load);
    expect(await sut.through({ ...entry, ttlMs: 1000 }, load)).toEqual({ load: 3 });
  });

  it('keeps nothing when its time is 0', async () => {
    await start({ CACHE_TOOLS_LIST_TTL_SECONDS: '0' });
    await sut.through(ENTRY, load);
    expect(await sut.through(ENTRY, load)).toEqual({ load: 2 });
  });

  it('keeps nothing of a key but a digest, however long it is, and no answer that is too long', async () => {
    await start();
    const set = jest.spyOn(context.get<CacheStore>(CacheStore), 'set');
    const long = { ...ENTRY, key: 'x'.repeat(900_000) };
    await sut.through(long, load);
    expect(await sut.through(long, load)).toEqual({ load: 1 });
    expect(await sut.through({ ...ENTRY, key: `${long.key}y` }, load)).toEqual({ load: 2 });
    await sut.invalidate('tools_list', 'alpha', long.key);
    expect(await sut.through(long, load)).toEqual({ load: 3 });
    expect(set.mock.calls.map(([, key]) => key.length)).toEqual([64, 64, 64]);
    const large = async (): Promise<string> => {
      await load();
      return 'x'.repeat(MAX_ANSWER_LENGTH);
    };
    for (let count = 0; count < 2; count += 1) await sut.through({ ...ENTRY, key: 'large' }, large);
    expect(loads).toBe(5);
  });

  it('loads once for all who ask at the same time, and gives each a copy', async () => {
    await start();
    const work = Promise.withResolvers<{ list: number[] }>();
    const asked = Array.from({ length: 10 }, () => sut.through(ENTRY, () => ((loads += 1), work.promise)));
    work.resolve({ list: [1] });
    const answers = await Promise.all(asked);
    answers[0]?.list.push(2);
    expect(answers[9]).toEqual({ list: [1] });
    expect(await sut.through(ENTRY, () => work.promise)).toEqual({ list: [1] });
    expect(loads).toBe(1);
    expect(await counts()).toMatchObject({ 'tools_list shared': 9 });
  });

  it('tells all who wait of a failure, and does not keep it', async () => {
    await start();
    const failing = (): Promise<never> => Promise.reject(new Error('no'));
    const asked = [sut.through(ENTRY, failing), sut.through(ENTRY, failing)];
    expect(await Promise.allSettled(asked)).toEqual([
      expect.objectContaining({ status: 'rejected' }),
      expect.objectContaining({ status: 'rejected' }),
    ]);
    expect(await sut.through(ENTRY, load)).toEqual({ load: 1 });
  });

  it('forgets one answer, or all of a group', async () => {
    await start();
    const other = { ...ENTRY, key: 'other' };
    const strange = { ...ENTRY, group: 'beta' };
    for (const entry of [ENTRY, other, strange]) await sut.through(entry, load);
    await sut.invalidate('tools_list', 'alpha', 'list');
    expect(await sut.through(other, load)).toEqual({ load: 2 });
    expect(await sut.through(ENTRY, load)).toEqual({ load: 4 });
    await sut.invalidate('tools_list', 'alpha');
    expect(await sut.through(other, load)).toEqual({ load: 5 });
    expect(await sut.through(strange, load)).toEqual({ load: 3 });
  });

  it('does not keep an answer that became stale on its way', async () => {
    await start();
    const work = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const early = sut.through(ENTRY, () => (begun.resolve(), work.promise));
    await begun.promise;
    await sut.invalidate('tools_list', 'alpha');
    expect(await sut.through(ENTRY, load)).toEqual({ load: 1 });
    work.resolve('stale');
    expect(await early).toBe('stale');
    expect(await sut.through(ENTRY, load)).toEqual({ load: 1 });
  });

  describe('in Redis', () => {
    let redis: RedisProcess;

    beforeAll(async () => {
      redis = await RedisProcess.create();
    });
    afterAll(() => redis.remove());

    it('is shared by replicas, and outlives a process', async () => {
      await start({ REDIS_URL: redis.url });
      await sut.through(ENTRY, load);
      await context.close();
      await start({ REDIS_URL: redis.url });
      loads = 100;
      expect(await sut.through(ENTRY, load)).toEqual({ load: 1 });
    });

    it('asks the upstream itself while Redis is away', async () => {
      await start({ REDIS_URL: redis.url });
      await redis.kill();
      expect(await sut.through(ENTRY, load)).toEqual({ load: 1 });
      await expect(sut.invalidate('tools_list', 'alpha')).resolves.toBeUndefined();
      expect((await counts())['tools_list error']).toBeGreaterThan(0);
    });
  });
});
