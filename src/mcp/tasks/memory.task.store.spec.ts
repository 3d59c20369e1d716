import { MemoryTaskStore } from './memory.task.store.js';
import type { StoredTask, TaskStatus } from './task.store.port.js';

const TTL_MS = 1000;

describe(MemoryTaskStore.name, () => {
  const clock = { time: 0, now: () => clock.time };
  let sut: MemoryTaskStore;

  const task = (taskId: string, status: TaskStatus = 'working'): StoredTask => {
    const createdAt = new Date(clock.time).toISOString();
    return {
      principalId: 'key:one',
      task: { taskId, status, createdAt, lastUpdatedAt: createdAt, ttlMs: TTL_MS, pollIntervalMs: 100 },
    };
  };

  beforeEach(() => {
    clock.time = Date.parse('2026-07-28T00:00:00Z');
    sut = new MemoryTaskStore(clock);
  });

  it('keeps the last state of a task', async () => {
    await sut.save(task('a'));
    const done = task('a', 'completed');
    await sut.save(done);
    expect(await sut.find('a')).toEqual(done);
    expect(sut.size).toBe(1);
    expect(await sut.find('b')).toBeUndefined();
  });

  it('keeps a task for its time since its creation, however often it changes', async () => {
    const created = task('a');
    await sut.save(created);
    clock.time += TTL_MS - 1;
    await sut.save({ ...created, task: { ...created.task, status: 'completed' } });
    expect((await sut.find('a'))?.task.status).toBe('completed');
    clock.time += 1;
    expect(await sut.find('a')).toBeUndefined();
  });

  it('sweeps expired tasks when a new one comes', async () => {
    for (const id of ['a', 'b', 'c']) await sut.save(task(id));
    clock.time += TTL_MS;
    expect(sut.size).toBe(3);
    await sut.save(task('d'));
    expect(sut.size).toBe(1);
    expect((await sut.find('d'))?.task.taskId).toBe('d');
  });
});
