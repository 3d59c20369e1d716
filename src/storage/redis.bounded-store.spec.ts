import { type ApplicationContext, createContext } from '../../test/helpers/application-context.js';
import { describeWithParts } from '../../test/helpers/real-parts.js';
import { RedisProcess } from '../../test/helpers/redis-process.js';
import { waitFor } from '../../test/helpers/wait-for.js';
import { ENTRY_BYTES } from '../core/bounds/bounded-store.js';
import { type EntryScript, RedisConnection } from './redis.connection.js';

const TTL_MS = 600_000;
const MIB = 1024 * 1024;

const PUT = `
local bytes = tonumber(ARGV[6])
local problem = makeRoom(bytes)
if problem ~= 0 then return problem end
redis.call('SET', entry, ARGV[8])
settle(bytes, ARGV[7] == '1')
return 1
`;

describeWithParts('What is kept for principals in Redis', ['redis-server'], () => {
  let redis: RedisProcess;
  let context: ApplicationContext;
  let connection: RedisConnection;
  let kinds = 0;

  beforeAll(async () => {
    redis = await RedisProcess.create({ options: { 'maxmemory-policy': 'noeviction' } });
    context = await createContext({ env: { REDIS_URL: redis.url } });
    connection = context.get(RedisConnection);
  });
  afterAll(async () => {
    await context.close();
    await redis.remove();
  });

  /** A store of a kind of its own; two of one kind stand for two replicas. */
  const create = (perOwner: { entries?: number; bytes?: number }, kind = `kind${(kinds += 1)}`) => {
    const store = connection.boundedStore({
      kind,
      what: 'things',
      ttlMs: TTL_MS,
      perOwner: { entries: 100, bytes: 100 * MIB, ...perOwner },
    });
    const script: EntryScript = store.script('Put', PUT);
    return {
      kind,
      store,
      put: (owner: string, id: string, { bytes = 100, isOpen = false, leftMs = TTL_MS, text = 'x' } = {}) =>
        script(owner, id, leftMs, bytes, isOpen ? 1 : 0, text),
      has: async (owner: string, ...ids: string[]): Promise<string[]> => {
        const found = await Promise.all(ids.map((id) => connection.client.exists(store.keyOf(owner, id))));
        return ids.filter((_id, index) => found[index] === 1);
      },
      /** What is noted of the owner: the ids of the index, and the bytes of all. */
      account: async (owner: string): Promise<unknown> => {
        const tag = store.keyOf(owner, '').replace(`${kind}:`, '').slice('mcpo:'.length, -1);
        const [ids, bytes] = await Promise.all([
          connection.client.zrange(`mcpo:${kind}-index:${tag}`, 0, -1),
          connection.client.hget(`mcpo:${kind}-sizes:${tag}`, ''),
        ]);
        return { ids: ids.sort(), bytes: Number(bytes) };
      },
    };
  };
  const full = { code: 'storage_full', data: { retryAfterMs: 1000 } };

  it('lets an owner make room for itself, whichever replica writes, and takes nothing from others', async () => {
    const a = create({ entries: 3 });
    const b = create({ entries: 3 }, a.kind);
    await a.put('other', '1');
    for (const id of ['1', '2', '3']) await a.put('me', id);
    // Used at one replica, so it is not the one to go at the other.
    await connection.client.pexpire(a.store.keyOf('me', '1'), TTL_MS + 5000);
    await b.put('me', '4');
    expect(await a.has('me', '1', '2', '3', '4')).toEqual(['1', '3', '4']);
    expect(await a.has('other', '1')).toEqual(['1']);
    expect(await b.account('me')).toEqual({ ids: ['1', '3', '4'], bytes: 300 });
  });

  it('makes as much room as something large needs, and refuses what is too large anyway', async () => {
    const sut = create({ bytes: 400 });
    for (const id of ['1', '2', '3', '4']) await sut.put('me', id);
    await sut.put('me', '5', { bytes: 250 });
    expect(await sut.has('me', '1', '2', '3', '4', '5')).toEqual(['4', '5']);
    await expect(sut.put('me', '6', { bytes: 401 })).rejects.toMatchObject({
      ...full,
      message: expect.stringContaining('400 bytes of things') as string,
    });
    expect(await sut.account('me')).toEqual({ ids: ['4', '5'], bytes: 350 });
  });

  it('keeps what is under way, and refuses when that is all there is', async () => {
    const sut = create({ entries: 2 });
    await sut.put('me', '1', { isOpen: true });
    await sut.put('me', '2');
    await sut.put('me', '3', { isOpen: true });
    expect(await sut.has('me', '1', '2', '3')).toEqual(['1', '3']);
    await expect(sut.put('me', '4')).rejects.toMatchObject(full);
    await sut.put('me', '1');
    await sut.put('me', '4');
    expect(await sut.has('me', '1', '3', '4')).toEqual(['3', '4']);
  });

  it('forgets what has ended or was ended, and counts what is left', async () => {
    const sut = create({});
    await sut.put('me', 'short', { leftMs: 1 });
    await sut.put('me', '1');
    await sut.put('me', '2');
    await sut.put('me', '2', { bytes: 40 });
    expect([await sut.store.forget('me', '1'), await sut.store.forget('me', '1')]).toEqual([true, false]);
    await waitFor(async () => (await sut.has('me', 'short')).length === 0);
    await sut.put('me', '3');
    expect(await sut.account('me')).toEqual({ ids: ['2', '3'], bytes: 140 });
  });

  it('leaves no key that lives for ever', async () => {
    const sut = create({ bytes: 400 });
    await sut.put('me', '1', { isOpen: true });
    await expect(sut.put('you', '1', { bytes: 401 })).rejects.toMatchObject(full);
    await sut.store.touch('me', '1');
    for (const key of await connection.client.keys(`mcpo:${sut.kind}*`)) {
      expect([key, await connection.client.pttl(key)]).toEqual([key, expect.any(Number)]);
      expect(await connection.client.pttl(key)).toBeGreaterThan(0);
    }
  });

  it('says what an entry takes', () => {
    expect(create({}).store.bytesOf('abc', 'ü')).toBe(ENTRY_BYTES + 5);
  });

  it('changes nothing in a Redis that is full, and still forgets', async () => {
    const sut = create({ entries: 2 });
    await sut.put('me', '1');
    await sut.put('me', '2');
    const { client } = connection;
    await client.call('CONFIG', 'SET', 'maxmemory', '1mb');
    try {
      await expect(sut.put('me', '3')).rejects.toThrow(/OOM/);
      expect(await sut.has('me', '1', '2', '3')).toEqual(['1', '2']);
      await sut.store.touch('me', '1');
      expect(await sut.store.forget('me', '2')).toBe(true);
    } finally {
      await client.call('CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await sut.account('me')).toEqual({ ids: ['1'], bytes: 100 });
  });
});
