import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { describeWithParts } from '../../../test/helpers/real-parts.js';
import { RedisProcess } from '../../../test/helpers/redis-process.js';
import { RedisConnection } from '../../storage/redis.connection.js';
import type { CacheStore } from './cache.store.port.js';
import { MemoryCacheStore } from './memory.cache.store.js';
import { RedisCacheStore } from './redis.cache.store.js';

const clock = { time: 1_000_000, now: (): number => clock.time };

interface Kind {
  start(): Promise<CacheStore>;
  stop(): Promise<void>;
}

const inRedis = (): Kind => {
  let redis: RedisProcess;
  let context: ApplicationContext;
  return {
    start: async () => {
      redis = await RedisProcess.create();
      context = await createContext({ env: { REDIS_URL: redis.url } });
      return new RedisCacheStore(context.get(RedisConnection), clock);
    },
    stop: async () => {
      await context.close();
      await redis.remove();
    },
  };
};
const inMemory = (): Kind => ({
  start: () => Promise.resolve(new MemoryCacheStore(clock)),
  stop: () => Promise.resolve(),
});

describe.each([
  ['memory', inMemory()],
  ['Redis', inRedis()],
])('the cache in %s', (_name, kind) => {
  let sut: CacheStore;

  beforeAll(async () => {
    sut = await kind.start();
  });
  afterAll(() => kind.stop());

  it('keeps a value until its time has passed', async () => {
    expect(await sut.get('g', 'a')).toBeUndefined();
    await sut.set('g', 'a', '{"a b":"ü"}', 1000);
    clock.time += 999;
    expect(await sut.get('g', 'a')).toBe('{"a b":"ü"}');
    clock.time += 1;
    expect(await sut.get('g', 'a')).toBeUndefined();
  });

  it('replaces a value and its time', async () => {
    await sut.set('g', 'b', '1', 10_000);
    await sut.set('g', 'b', '2', 20_000);
    clock.time += 15_000;
    expect(await sut.get('g', 'b')).toBe('2');
  });

  it('forgets one entry, or a whole group, and nothing else', async () => {
    for (const group of ['x', 'x:y']) {
      for (const key of ['a', 'b']) await sut.set(group, key, `"${group}${key}"`, 60_000);
    }
    await sut.delete('x', 'a');
    expect([await sut.get('x', 'a'), await sut.get('x', 'b')]).toEqual([undefined, '"xb"']);
    await sut.delete('x');
    expect([await sut.get('x', 'b'), await sut.get('x:y', 'b')]).toEqual([undefined, '"x:yb"']);
    await sut.delete('nobody');
  });
});

describeWithParts(RedisCacheStore.name, ['redis-server'], () => {
  let redis: RedisProcess;
  let context: ApplicationContext;

  beforeAll(async () => {
    redis = await RedisProcess.create();
    context = await createContext({ env: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await context.close();
    await redis.remove();
  });

  it('writes nothing where little memory is left, and still reads and forgets', async () => {
    const { client } = context.get(RedisConnection);
    const sut = new RedisCacheStore(context.get(RedisConnection), clock);
    await sut.set('g', 'a', '1', 60_000);
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    // What is used is over four fifths of it, and there is room yet.
    await client.call('CONFIG', 'SET', 'maxmemory', String(Math.ceil(used * 1.15)));
    await sut.set('g', 'b', '1', 60_000);
    expect([await sut.get('g', 'a'), await sut.get('g', 'b')]).toEqual(['1', undefined]);
    await sut.delete('g', 'a');
    expect(await sut.get('g', 'a')).toBeUndefined();
    await client.set('mcpo:other', 'has room');
    await client.call('CONFIG', 'SET', 'maxmemory', String(used * 2));
    await sut.set('g', 'b', '1', 60_000);
    expect(await sut.get('g', 'b')).toBe('1');
  });

  it('leaves nothing that lives for ever, also of a group that is gone', async () => {
    const { client } = context.get(RedisConnection);
    const sut = new RedisCacheStore(context.get(RedisConnection), clock);
    await sut.set('gone', 'a', '1', 60_000);
    await sut.delete('gone');
    await sut.set('gone', 'a', '2', 30_000);
    const keys = await client.keys('mcpo:cache:*gone*');
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(0);
  });
});

describe(MemoryCacheStore.name, () => {
  const keysOf = async (sut: MemoryCacheStore): Promise<string[]> => {
    const present = [];
    for (const key of ['a', 'b', 'c', 'd']) if ((await sut.get('g', key)) !== undefined) present.push(key);
    return present;
  };

  it('gives up what was unused for longest when there are too many', async () => {
    const sut = new MemoryCacheStore(clock, 2);
    await sut.set('g', 'a', '1', 1000);
    await sut.set('g', 'b', '1', 1000);
    await sut.get('g', 'a');
    await sut.set('g', 'c', '1', 1000);
    expect(await keysOf(sut)).toEqual(['a', 'c']);
  });

  it('gives up what was unused for longest when they are too large together', async () => {
    const sut = new MemoryCacheStore(clock, 10, 10);
    await sut.set('g', 'a', '12345', 1000);
    await sut.set('g', 'b', '12345', 1000);
    await sut.set('g', 'c', '123', 1000);
    expect(await keysOf(sut)).toEqual(['b', 'c']);
    await sut.set('g', 'd', '12345678901', 1000);
    expect(await keysOf(sut)).toEqual(['b', 'c']);
  });
});
