import { type ApplicationContext, createContext } from '../../test/helpers/application-context.js';
import { describeWithParts } from '../../test/helpers/real-parts.js';
import { RedisProcess } from '../../test/helpers/redis-process.js';
import { shareOf } from '../core/bounds/bounded-store.js';
import { systemClock } from '../core/clock.js';
import { waitFor } from '../../test/helpers/wait-for.js';
import { RedisConnection } from '../storage/redis.connection.js';
import { RedisSessionStore } from './sessions/redis.session.store.js';
import { type Session, sessionBounds } from './sessions/session.store.port.js';
import { RedisTaskStore } from './tasks/redis.task.store.js';
import { type StoredTask, type TaskStatus } from './tasks/task.store.port.js';

const TTL_MS = 600_000;
const ME = 'key:me';

describeWithParts('What MCP keeps in Redis', ['redis-server'], () => {
  let redis: RedisProcess;
  let context: ApplicationContext;
  let connection: RedisConnection;

  beforeAll(async () => {
    redis = await RedisProcess.create();
    context = await createContext({ env: { REDIS_URL: redis.url } });
    connection = context.get(RedisConnection);
  });
  afterAll(async () => {
    await context.close();
    await redis.remove();
  });

  const session = (principalId: string, id: string): Session => ({
    id,
    principalId,
    revision: '2025-11-25',
    capabilities: { elicitation: {} },
    logLevel: undefined,
    subscriptions: [],
  });
  const task = (taskId: string, status: TaskStatus, text = ''): StoredTask => {
    const createdAt = new Date().toISOString();
    const times = { createdAt, lastUpdatedAt: createdAt, ttlMs: TTL_MS, pollIntervalMs: 1000 };
    return { principalId: ME, task: { taskId, status, ...times, result: { text } } };
  };

  it('has sessions that give way to those of the same principal alone', async () => {
    // One principal may have a quarter: two.
    const sut = new RedisSessionStore(connection, TTL_MS, 8);
    await sut.create(session('key:other', 'theirs'));
    for (const id of ['1', '2']) await sut.create(session(ME, id));
    await sut.setLogLevel(ME, '1', 'error');
    await sut.addSubscription(ME, '1', 'x:1');
    await sut.create(session(ME, '3'));
    expect(await sut.find(ME, '1')).toEqual({
      ...session(ME, '1'),
      logLevel: 'error',
      subscriptions: ['x:1'],
    });
    expect([await sut.find(ME, '2'), await sut.find(ME, 'theirs')]).toEqual([undefined, undefined]);
    expect(await sut.find('key:other', 'theirs')).toEqual(session('key:other', 'theirs'));
    await sut.removeSubscription(ME, '1', 'x:1');
    await sut.remove(ME, '1');
    await sut.addSubscription(ME, '1', 'x:2');
    expect(await sut.find(ME, '1')).toBeUndefined();
  });

  it('counts subscriptions, each once, and lets go of them', async () => {
    const owner = 'key:subscriber';
    const sut = new RedisSessionStore(connection, TTL_MS, 10_000);
    const large = 'x'.repeat(shareOf(sessionBounds(10_000)).bytes / 2);
    await sut.create(session(owner, '1'));
    for (let count = 0; count < 3; count += 1) await sut.addSubscription(owner, '1', large);
    await expect(sut.addSubscription(owner, '1', `${large}y`)).rejects.toMatchObject({
      code: 'storage_full',
    });
    await sut.removeSubscription(owner, '1', large);
    await sut.addSubscription(owner, '1', `${large}y`);
    expect((await sut.find(owner, '1'))?.subscriptions).toEqual([`${large}y`]);
  });

  it('has tasks that give way when they have ended, and not while they are under way', async () => {
    // Ten are kept for each that may run; one principal may have a quarter.
    const sut = new RedisTaskStore(connection, systemClock, TTL_MS, 1);
    await sut.save(task('1', 'working'));
    await sut.save(task('2', 'working'));
    await sut.save(task('2', 'completed', 'done'));
    expect(await sut.find(ME, '2')).toMatchObject({ status: 'completed', result: { text: 'done' } });
    expect(await sut.find('key:other', '2')).toBeUndefined();
    expect([await sut.has(ME, '2'), await sut.has(ME, '3'), await sut.has('key:other', '2')]).toEqual([
      true,
      false,
      false,
    ]);
    await sut.save(task('3', 'working'));
    await sut.save(task('4', 'working'));
    expect([await sut.find(ME, '2'), (await sut.find(ME, '1'))?.status]).toEqual([undefined, 'working']);
    await expect(sut.save(task('5', 'working'))).rejects.toMatchObject({ code: 'storage_full' });
    // On a busy machine so much does not always reach Redis within the time of a command.
    const saved = (): Promise<unknown> =>
      sut.save(task('4', 'completed', 'x'.repeat(17 * 1024 * 1024))).then(
        () => 'saved',
        ({ code }: { code?: string }) => code,
      );
    await waitFor(async () => (await saved()) === 'storage_full');
    await sut.save(task('4', 'failed'));
    expect((await sut.find(ME, '4'))?.status).toBe('failed');
  });
});
