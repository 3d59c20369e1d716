import type { PinoLogger } from 'nestjs-pino';
import { callContext, PRINCIPAL } from '../../../test/helpers/application-context.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { Configuration } from '../../config/configuration.js';
import { systemClock } from '../../core/clock.js';
import { MemoryPubSub } from '../../storage/memory.pub-sub.js';
import { Changes } from '../../tools/changes.service.js';
import type { McpMetrics } from '../mcp.metrics.js';
import { MemoryTaskStore } from './memory.task.store.js';
import { TaskCommands } from './task-commands.service.js';
import { Tasks } from './tasks.service.js';

const logger = { error: () => undefined } as unknown as PinoLogger;
const config = { mcp: { maxTasks: 10, taskTtlMs: 60_000 } } as Configuration;

describe(Tasks.name, () => {
  let ended: string[];
  let sut: Tasks;

  const create = (bytes: number): void => {
    ended = [];
    const metrics = {
      tasksUnderWay: () => undefined,
      taskEnded: (status: string) => void ended.push(status),
    } as unknown as McpMetrics;
    const pubSub = new MemoryPubSub();
    const store = new MemoryTaskStore(systemClock, { entries: 100, bytes });
    const commands = new TaskCommands(pubSub, logger);
    sut = new Tasks(config, store, commands, new Changes(pubSub, logger), metrics, logger);
  };
  const text = (length: number) => ({ content: [{ type: 'text' as const, text: 'x'.repeat(length) }] });

  it('ends a task whose result does not fit as failed, and says why', async () => {
    create(4 * 8192);
    const { taskId } = await sut.begin(callContext(), () => Promise.resolve(text(8192)));
    await waitFor(() => ended.length === 1);
    expect(ended).toEqual(['failed']);
    const task = await sut.find(taskId, PRINCIPAL);
    expect(task).toMatchObject({
      status: 'failed',
      error: { code: -32006, message: expect.stringContaining('8192 bytes of tasks') as string },
    });
    expect(task).not.toHaveProperty('result');
  });

  it('lets an older result go for a newer one', async () => {
    create(4 * 8192);
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      ids.push((await sut.begin(callContext(), () => Promise.resolve(text(2048)))).taskId);
      await waitFor(() => ended.length === ids.length);
    }
    expect(ended).toEqual(['completed', 'completed', 'completed']);
    await expect(sut.find(ids[0]!, PRINCIPAL)).rejects.toMatchObject({ code: 'invalid_params' });
    expect(await sut.find(ids[2]!, PRINCIPAL)).toMatchObject({ status: 'completed', result: text(2048) });
  });

  it('does not begin what it has no room to keep', async () => {
    create(4 * 1400);
    const work = new Promise<never>(() => undefined);
    await sut.begin(callContext(), () => work);
    const begun = jest.fn(() => work);
    await expect(sut.begin(callContext(), begun)).rejects.toMatchObject({ code: 'storage_full' });
    expect([begun.mock.calls.length, sut.runningCount]).toEqual([0, 1]);
  });
});
