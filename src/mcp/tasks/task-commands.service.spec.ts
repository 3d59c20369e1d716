import type { PinoLogger } from 'nestjs-pino';
import { MemoryPubSub } from '../../storage/memory.pub-sub.js';
import type { PubSub } from '../../storage/pub-sub.port.js';
import { type TaskCommand, TaskCommands } from './task-commands.service.js';

const CANCEL: TaskCommand = { kind: 'cancel', taskId: 'a' };
const logger = { error: () => undefined } as unknown as PinoLogger;

describe(TaskCommands.name, () => {
  const replicas: TaskCommands[] = [];

  async function replica(pubSub: PubSub): Promise<TaskCommands> {
    const started = new TaskCommands(pubSub, logger);
    await started.onModuleInit();
    replicas.push(started);
    return started;
  }

  afterEach(() => {
    for (const started of replicas.splice(0)) started.onModuleDestroy();
    jest.useRealTimers();
  });

  it('carries a command out where it came in, when the task is there', async () => {
    const pubSub = new MemoryPubSub();
    const [here, there] = [await replica(pubSub), await replica(pubSub)];
    const seen: string[] = [];
    here.serve(async ({ kind }) => seen.push(`here ${kind}`) > 0);
    there.serve(async ({ kind }) => seen.push(`there ${kind}`) > 0);
    await here.send(CANCEL);
    expect(seen).toEqual(['here cancel']);
  });

  it('has it carried out by the replica that has the task, and waits until it is done', async () => {
    const pubSub = new MemoryPubSub();
    const [here, there] = [await replica(pubSub), await replica(pubSub)];
    const work = Promise.withResolvers<boolean>();
    const seen: string[] = [];
    there.serve(async ({ taskId }) => {
      seen.push(taskId);
      return work.promise;
    });
    const sent = here.send(CANCEL).then(() => seen.push('acknowledged'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(['a']);
    work.resolve(true);
    await sent;
    expect(seen).toEqual(['a', 'acknowledged']);
  });

  it('does not wait for ever for a replica that is gone', async () => {
    jest.useFakeTimers();
    const sut = await replica(new MemoryPubSub());
    const sent = sut.send(CANCEL);
    await jest.advanceTimersByTimeAsync(5000);
    await expect(sent).resolves.toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says so when a command cannot be passed on', async () => {
    const broken: PubSub = {
      publish: () => Promise.reject(new Error('away')),
      subscribe: () => Promise.resolve(() => undefined),
    };
    await expect((await replica(broken)).send(CANCEL)).rejects.toThrow('away');
  });
});
