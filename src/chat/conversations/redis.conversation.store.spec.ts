import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { describeWithParts } from '../../../test/helpers/real-parts.js';
import { RedisProcess } from '../../../test/helpers/redis-process.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { RedisConnection } from '../../storage/redis.connection.js';
import type { Question } from './conversation.js';
import { MAX_CONVERSATION_BYTES, MAX_ENTRIES } from './conversation.store.port.js';
import { RedisConversationStore } from './redis.conversation.store.js';

const question = (message: string): Question => ({ kind: 'question', turnId: '', at: '', message });

describeWithParts(RedisConversationStore.name, ['redis-server'], () => {
  let redis: RedisProcess;
  let context: ApplicationContext;
  let sut: RedisConversationStore;

  beforeAll(async () => {
    redis = await RedisProcess.create();
    context = await createContext({ env: { REDIS_URL: redis.url } });
    // One principal may have a quarter: two.
    sut = new RedisConversationStore(context.get(RedisConnection), 600_000, 8);
  });
  afterAll(async () => {
    await context.close();
    await redis.remove();
  });

  const messagesOf = async (owner: string, id: string): Promise<string[] | undefined> =>
    (await sut.read(owner, id))?.map((entry) => (entry.kind === 'question' ? entry.message : ''));

  /** Waits until Redis, whose order of use is one of milliseconds, sees a later one. */
  const aMillisecond = async (): Promise<void> => {
    const millisecond = async (): Promise<number> => {
      const [seconds, microseconds] = await context.get(RedisConnection).client.time();
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
    };
    const start = await millisecond();
    await waitFor(async () => (await millisecond()) > start);
  };

  it('gives up the one of the same principal that was unused for longest', async () => {
    await sut.begin('other', '1', question('theirs'));
    await sut.begin('me', '1', question('first'));
    await sut.begin('me', '2', question('second'));
    await aMillisecond();
    await sut.append('me', '1', question('more'));
    await sut.begin('me', '3', question('third'));
    expect(await messagesOf('me', '2')).toBeUndefined();
    expect(await sut.append('me', '2', question('late'))).toBe(false);
    expect([
      await messagesOf('me', '1'),
      await messagesOf('me', '3'),
      await messagesOf('other', '1'),
    ]).toEqual([['first', 'more'], ['third'], ['theirs']]);
  });

  it('keeps the latest entries of a long conversation', async () => {
    await sut.begin('long', '1', question('0'));
    for (let index = 1; index <= MAX_ENTRIES; index += 1)
      await sut.append('long', '1', question(String(index)));
    const messages = (await messagesOf('long', '1')) ?? [];
    expect([messages.length, messages[0], messages.at(-1)]).toEqual([MAX_ENTRIES, '1', String(MAX_ENTRIES)]);
  });

  it('keeps the latest entries of a large one, and none that is larger than one may be', async () => {
    const large = (unit: string): Question => question(unit.repeat(MAX_CONVERSATION_BYTES / 3));
    await sut.begin('large', '1', large('1'));
    for (const unit of ['2', '3', '4']) await sut.append('large', '1', large(unit));
    expect((await messagesOf('large', '1'))?.map((message) => message[0])).toEqual(['3', '4']);
    const tooLarge = question('5'.repeat(MAX_CONVERSATION_BYTES));
    await expect(sut.append('large', '1', tooLarge)).rejects.toMatchObject({ code: 'storage_full' });
    expect([await sut.remove('large', '1'), await sut.remove('large', '1')]).toEqual([true, false]);
  });
});
