import { MemoryTaskStore } from './memory.task.store.js';
import { shareOf } from '../../core/bounds/bounded-store.js';
import { leastCpuOf } from '../../../test/helpers/cpu.js';
import { type StoredTask, taskBounds, TASKS_BYTES, type TaskStatus } from './task.store.port.js';

const TTL_MS = 1000;
const OWNER = 'key:one';

describe(MemoryTaskStore.name, () => {
  const clock = { time: 0, now: () => clock.time };
  let sut: MemoryTaskStore;

  const task = (taskId: string, status: TaskStatus = 'working'): StoredTask => {
    const createdAt = new Date(clock.time).toISOString();
    return {
      principalId: OWNER,
      task: { taskId, status, createdAt, lastUpdatedAt: createdAt, ttlMs: TTL_MS, pollIntervalMs: 100 },
    };
  };

  beforeEach(() => {
    clock.time = Date.parse('2026-07-28T00:00:00Z');
    sut = new MemoryTaskStore(clock, taskBounds(1000));
  });

  it('keeps the last state of a task', async () => {
    await sut.save(task('a'));
    const done = task('a', 'completed');
    await sut.save(done);
    expect(await sut.find(OWNER, 'a')).toEqual(done.task);
    expect(sut.used.entries).toBe(1);
    expect(await sut.find(OWNER, 'b')).toBeUndefined();
    expect(await sut.find('key:two', 'a')).toBeUndefined();
  });

  it('knows whether there is a task of an owner', async () => {
    await sut.save(task('a'));
    expect([await sut.has(OWNER, 'a'), await sut.has(OWNER, 'b'), await sut.has('key:two', 'a')]).toEqual([
      true,
      false,
      false,
    ]);
    clock.time += TTL_MS;
    expect(await sut.has(OWNER, 'a')).toBe(false);
  });

  it('keeps a task for its time since its creation, however often it changes', async () => {
    const created = task('a');
    await sut.save(created);
    clock.time += TTL_MS - 1;
    await sut.save({ ...created, task: { ...created.task, status: 'completed' } });
    expect((await sut.find(OWNER, 'a'))?.status).toBe('completed');
    clock.time += 1;
    expect(await sut.find(OWNER, 'a')).toBeUndefined();
  });

  it('sweeps expired tasks when a new one comes', async () => {
    for (const id of ['a', 'b', 'c']) await sut.save(task(id));
    clock.time += TTL_MS;
    expect(sut.used.entries).toBe(3);
    await sut.save(task('d'));
    expect(sut.used.entries).toBe(1);
    expect((await sut.find(OWNER, 'd'))?.taskId).toBe('d');
  });

  it('gives up what ended first of the same principal, and nothing that is under way', async () => {
    sut = new MemoryTaskStore(clock, { entries: 8, bytes: TASKS_BYTES });
    await sut.save(task('a'));
    await sut.save(task('b', 'completed'));
    await sut.save(task('c', 'completed'));
    expect([await sut.find(OWNER, 'b'), (await sut.find(OWNER, 'a'))?.status]).toEqual([
      undefined,
      'working',
    ]);
    await sut.save(task('d'));
    await expect(sut.save(task('e'))).rejects.toMatchObject({ code: 'storage_full' });
  });

  it('stays within the bounds of a principal with the largest results, and keeps the latest', async () => {
    const bounds = taskBounds(1000);
    const result = { content: [{ type: 'text', text: 'x'.repeat(1024 * 1024) }] };
    for (let index = 0; index < 100; index += 1) {
      const done = task(String(index), 'completed');
      await sut.save({ ...done, task: { ...done.task, result } });
      expect(sut.used.bytes).toBeLessThanOrEqual(shareOf(bounds).bytes);
    }
    expect(await sut.find(OWNER, '99')).toMatchObject({ result });
    for (let index = 0; index < 10_000; index += 1) await sut.save(task(`small ${index}`, 'completed'));
    expect(sut.used.entries).toBe(shareOf(bounds).entries);
  });

  describe('does so much work for each task, however many there are:', () => {
    const FEW = 4000;
    /** Four times as many take four times the work; where each is held against all others it is sixteen times. */
    const MOST = 9;
    /** What a pause of the engine takes, in microseconds: a look at all for each takes ten times as much. */
    const PAUSE = 10_000;

    const save = async (store: MemoryTaskStore, count: number, name: string): Promise<void> => {
      for (let id = 0; id < count; id += 1) await store.save(task(`${name} ${id}`, 'completed'));
    };
    const filled = async (count: number): Promise<MemoryTaskStore> => {
      const store = new MemoryTaskStore(clock, { entries: 4 * count, bytes: 1024 * TASKS_BYTES });
      await save(store, count, 'old');
      expect(store.used.entries).toBe(count);
      return store;
    };
    type Work = (store: MemoryTaskStore, count: number) => Promise<void>;

    it.each<readonly [what: string, work: Work]>([
      [
        'at the bound, where each takes the place of another',
        async (store, count) => {
          await save(store, count, 'new');
          expect(store.used.entries).toBe(count);
        },
      ],
      [
        'a sweep of as many that have expired',
        async (store) => {
          clock.time += TTL_MS;
          await store.save(task('new'));
          expect(store.used.entries).toBe(1);
        },
      ],
    ])('%s', async (_what, work) => {
      const cpu = (count: number): Promise<number> =>
        leastCpuOf((store) => work(store, count), { prepare: () => filled(count) });
      expect(await cpu(4 * FEW)).toBeLessThan(MOST * (await cpu(FEW)) + PAUSE);
    });
  });
});
