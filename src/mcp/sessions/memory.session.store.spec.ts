import { MemorySessionStore } from './memory.session.store.js';
import { type Session, sessionBounds } from './session.store.port.js';

const TTL_MS = 1000;
const OWNER = 'key:one';
const session = (id: string): Session => ({
  id,
  principalId: OWNER,
  revision: '2025-11-25',
  capabilities: { elicitation: {} },
  logLevel: undefined,
  subscriptions: [],
});

describe(MemorySessionStore.name, () => {
  const clock = { time: 0, now: () => clock.time };
  let sut: MemorySessionStore;
  const known = async (...ids: string[]): Promise<string[]> => {
    const found = await Promise.all(ids.map((id) => sut.find(OWNER, id)));
    return ids.filter((_id, index) => found[index] !== undefined);
  };

  beforeEach(() => {
    clock.time = 0;
    // One principal may have a quarter of it.
    sut = new MemorySessionStore(clock, TTL_MS, sessionBounds(12));
  });

  it('keeps what it was given', async () => {
    await sut.create(session('a'));
    expect(await sut.find(OWNER, 'a')).toEqual(session('a'));
    expect(await sut.find(OWNER, 'b')).toBeUndefined();
    expect(await sut.find(OWNER, 'constructor')).toBeUndefined();
  });

  it('forgets a session that was not used for its time', async () => {
    await sut.create(session('a'));
    clock.time += TTL_MS - 1;
    expect(await known('a')).toEqual(['a']);
    // Its time has begun anew.
    clock.time += TTL_MS - 1;
    expect(await known('a')).toEqual(['a']);
    clock.time += TTL_MS;
    expect(await known('a')).toEqual([]);
    expect(sut.used.entries).toBe(0);
  });

  it('gives up the session of the same principal that was unused for longest when there are too many', async () => {
    for (const id of ['a', 'b', 'c']) await sut.create(session(id));
    await sut.find(OWNER, 'a');
    await sut.create(session('d'));
    expect(sut.used.entries).toBe(3);
    expect(await known('a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('clears expired ones away before it gives up one in use', async () => {
    await sut.create(session('a'));
    await sut.create(session('b'));
    clock.time += TTL_MS - 1;
    await sut.create(session('c'));
    clock.time += 1;
    await sut.create(session('d'));
    expect(sut.used.entries).toBe(2);
    expect(await known('a', 'b', 'c', 'd')).toEqual(['c', 'd']);
  });

  it('stays within its bounds however many come', async () => {
    for (let index = 0; index < 1000; index += 1) await sut.create(session(String(index)));
    expect(sut.used.entries).toBe(3);
  });

  it('remembers a log level and subscriptions, each once', async () => {
    await sut.create(session('a'));
    await sut.setLogLevel(OWNER, 'a', 'error');
    for (const uri of ['x:1', 'x:2', 'x:1']) await sut.addSubscription(OWNER, 'a', uri);
    expect(await sut.find(OWNER, 'a')).toMatchObject({ logLevel: 'error', subscriptions: ['x:1', 'x:2'] });
    await sut.removeSubscription(OWNER, 'a', 'x:1');
    await sut.removeSubscription(OWNER, 'a', 'x:3');
    expect(await sut.find(OWNER, 'a')).toMatchObject({ logLevel: 'error', subscriptions: ['x:2'] });
  });

  it('changes nothing of a session that has ended', async () => {
    await sut.create(session('a'));
    await sut.remove(OWNER, 'a');
    await sut.setLogLevel(OWNER, 'a', 'error');
    await sut.addSubscription(OWNER, 'a', 'x:1');
    await sut.removeSubscription(OWNER, 'a', 'x:1');
    await sut.remove(OWNER, 'a');
    expect(await known('a')).toEqual([]);
    expect(sut.used.entries).toBe(0);
  });
});
