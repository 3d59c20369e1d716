import { turnsDuring } from '../../../test/helpers/turns-during.js';
import type { Clock } from '../../core/clock.js';
import type { Entry, Question } from './conversation.js';
import {
  conversationBounds,
  CONVERSATIONS_BYTES,
  MAX_CONVERSATION_BYTES,
  MAX_ENTRIES,
} from './conversation.store.port.js';
import { MemoryConversationStore } from './memory.conversation.store.js';

const question = (message: string): Question => ({ kind: 'question', turnId: message, at: '', message });

describe(MemoryConversationStore.name, () => {
  let now = 0;
  const clock: Clock = { now: () => now };
  /** With the bounds of one principal, who has a quarter of all. */
  const create = (entries = 10, bytes = CONVERSATIONS_BYTES / 4): MemoryConversationStore =>
    new MemoryConversationStore(clock, 1000, { entries: 4 * entries, bytes: 4 * bytes });
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
    expect(sut.used.entries).toBe(0);
  });

  it('reads a long conversation in many turns of the event loop', async () => {
    const sut = create();
    await sut.begin('a', '1', question('x'));
    for (let count = 0; count < 20; count += 1)
      await sut.append('a', '1', { ...question('x'.repeat(70_000)), turnId: '' });
    const reading = sut.read('a', '1');
    expect(await turnsDuring(reading)).toBeGreaterThan(5);
    expect(await reading).toHaveLength(21);
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
    expect(sut.used.entries).toBe(0);
  });

  it('gives up the one of the same principal that was unused for longest when there are too many', async () => {
    const sut = create(2);
    await sut.begin('a', '1', question('1'));
    await sut.begin('a', '2', question('2'));
    await sut.read('a', '1');
    await sut.begin('a', '3', question('3'));
    expect(await sut.read('a', '2')).toBeUndefined();
    expect([await messagesOf(sut, 'a', '1'), await messagesOf(sut, 'a', '3')]).toEqual([['1'], ['3']]);
  });

  it('gives up old ones of the same principal when they are too large together, and never the one that grows', async () => {
    const sut = create(10, 4000);
    await sut.begin('b', '1', question('x'.repeat(400)));
    await sut.begin('a', '1', question('x'.repeat(400)));
    await sut.begin('a', '2', question('y'.repeat(400)));
    expect(await sut.read('a', '1')).toBeUndefined();
    await sut.append('a', '2', question('y'.repeat(350)));
    expect(await sut.read('a', '2')).toHaveLength(2);
    await expect(sut.append('a', '2', question('y'.repeat(2000)))).rejects.toMatchObject({
      code: 'storage_full',
    });
    expect([(await sut.read('a', '2'))?.length, (await sut.read('b', '1'))?.length]).toEqual([2, 1]);
  });

  it('keeps the latest entries of a large conversation, and none that is larger than one may be', async () => {
    const sut = create();
    const large = (unit: string): Entry => ({
      ...question(''),
      message: unit.repeat(MAX_CONVERSATION_BYTES / 6),
    });
    await sut.begin('a', '1', large('1'));
    for (const unit of ['2', '3', '4']) await sut.append('a', '1', large(unit));
    const entries = (await messagesOf(sut, 'a', '1')) as string[];
    expect(entries.map((message) => message[0])).toEqual(['3', '4']);
    const tooLarge = { ...question(''), message: '5'.repeat(MAX_CONVERSATION_BYTES / 2) };
    await expect(sut.append('a', '1', tooLarge)).rejects.toMatchObject({ code: 'storage_full' });
    expect(await sut.read('a', '1')).toHaveLength(2);
  });

  it('stays within the bounds of a principal with the largest conversations that there can be', async () => {
    const bounds = conversationBounds(1000);
    const sut = new MemoryConversationStore(clock, 1000, bounds);
    const large = { ...question(''), message: 'x'.repeat(MAX_CONVERSATION_BYTES / 4) };
    for (let index = 0; index < 20; index += 1) {
      await sut.begin('a', String(index), large);
      await sut.append('a', String(index), question('more'));
      expect(sut.used.bytes).toBeLessThanOrEqual(bounds.bytes / 4);
    }
    expect(sut.used.entries).toBe(7);
  });

  it('keeps the latest entries of a long conversation', async () => {
    const sut = create();
    await sut.begin('a', '1', question('0'));
    for (let index = 1; index <= MAX_ENTRIES; index += 1) await sut.append('a', '1', question(String(index)));
    const entries = (await messagesOf(sut, 'a', '1')) as string[];
    expect([entries.length, entries[0], entries.at(-1)]).toEqual([MAX_ENTRIES, '1', String(MAX_ENTRIES)]);
  });
});
