import type { Clock } from '../../core/clock.js';
import type { Entry } from './conversation.js';
import { MAX_ENTRIES } from './conversation.store.port.js';
import { MemoryConversationStore } from './memory.conversation.store.js';

const question = (message: string): Entry => ({ kind: 'question', turnId: message, at: '', message });

describe(MemoryConversationStore.name, () => {
  let now = 0;
  const clock: Clock = { now: () => now };
  const create = (capacity = 10, maxSize?: number): MemoryConversationStore =>
    new MemoryConversationStore(clock, 1000, capacity, maxSize);
  const messagesOf = async (sut: MemoryConversationStore, owner: string, id: string): Promise<unknown> =>
    (await sut.read(owner, id))?.map((entry) => (entry.kind === 'question' ? entry.message : ''));

  beforeEach(() => {
    now = 0;
  });

  it('keeps entries in their order, for their owner', async () => {
    const sut = create();
    await sut.begin('a', '1', question('x'));
    expect(await sut.append('a', '1', question('y'))).toBe(true);
    expect(await messagesOf(sut, 'a', '1')).toEqual(['x', 'y']);
    expect(await sut.read('b', '1')).toBeUndefined();
    expect(await sut.append('b', '1', question('z'))).toBe(false);
    expect(await sut.remove('b', '1')).toBe(false);
    expect(await sut.remove('a', '1')).toBe(true);
    expect(await sut.append('a', '1', question('z'))).toBe(false);
    expect(sut.count).toBe(0);
  });

  it('gives out copies', async () => {
    const sut = create();
    await sut.begin('a', '1', question('x'));
    ((await sut.read('a', '1')) as Entry[])[0] = question('changed');
    expect(await messagesOf(sut, 'a', '1')).toEqual(['x']);
  });

  it('forgets a conversation that nobody has used for its time', async () => {
    const sut = create();
    await sut.begin('a', '1', question('x'));
    now = 999;
    expect(await sut.read('a', '1')).toBeDefined();
    now = 1998;
    expect(await sut.read('a', '1')).toBeDefined();
    now = 2998;
    expect(await sut.read('a', '1')).toBeUndefined();
    expect(sut.count).toBe(0);
  });

  it('gives up the one that was unused for longest when there are too many', async () => {
    const sut = create(2);
    await sut.begin('a', '1', question('1'));
    await sut.begin('a', '2', question('2'));
    await sut.read('a', '1');
    await sut.begin('a', '3', question('3'));
    expect(await sut.read('a', '2')).toBeUndefined();
    expect([await messagesOf(sut, 'a', '1'), await messagesOf(sut, 'a', '3')]).toEqual([['1'], ['3']]);
  });

  it('gives up old ones when all together are too large, and never the one that grows', async () => {
    const sut = create(10, 1000);
    await sut.begin('a', '1', question('x'.repeat(400)));
    await sut.begin('a', '2', question('y'.repeat(400)));
    expect(await sut.read('a', '1')).toBeUndefined();
    await sut.append('a', '2', question('y'.repeat(2000)));
    expect(await sut.read('a', '2')).toHaveLength(2);
  });

  it('keeps the latest entries of a long conversation', async () => {
    const sut = create();
    await sut.begin('a', '1', question('0'));
    for (let index = 1; index <= MAX_ENTRIES; index += 1) await sut.append('a', '1', question(String(index)));
    const entries = (await messagesOf(sut, 'a', '1')) as string[];
    expect([entries.length, entries[0], entries.at(-1)]).toEqual([MAX_ENTRIES, '1', String(MAX_ENTRIES)]);
  });
});
