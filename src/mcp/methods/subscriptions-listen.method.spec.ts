import type { PinoLogger } from 'nestjs-pino';
import { callContext, PRINCIPAL } from '../../../test/helpers/application-context.js';
import { leastCpuOf } from '../../../test/helpers/cpu.js';
import type { Configuration } from '../../config/configuration.js';
import { systemClock } from '../../core/clock.js';
import { rawJSON } from '../../core/json/exact-numbers.js';
import { MemoryPubSub } from '../../storage/memory.pub-sub.js';
import { Changes } from '../../tools/changes.service.js';
import type { ResourceRegistry } from '../../tools/resources/resource.registry.js';
import type { McpCall } from '../dispatch/mcp-method.js';
import type { McpMetrics } from '../mcp.metrics.js';
import type { NotificationStreams } from '../streams/notification-streams.service.js';
import { MemoryTaskStore } from '../tasks/memory.task.store.js';
import { taskBounds } from '../tasks/task.store.port.js';
import { TaskCommands } from '../tasks/task-commands.service.js';
import { Tasks } from '../tasks/tasks.service.js';
import { TASKS_EXTENSION } from '../protocol/tasks-extension.js';
import { SubscriptionsListenMethod } from './subscriptions-listen.method.js';

const logger = {} as PinoLogger;

describe(SubscriptionsListenMethod.name, () => {
  const store = new MemoryTaskStore(systemClock, taskBounds(1000));
  const pubSub = new MemoryPubSub();
  const tasks = new Tasks(
    {} as Configuration,
    store,
    new TaskCommands(pubSub, logger),
    new Changes(pubSub, logger),
    {} as McpMetrics,
    logger,
  );
  const streams = {
    hold: (_exchange: unknown, _filter: unknown, onOpen: () => void) => Promise.resolve(onOpen()),
  } as unknown as NotificationStreams;
  const sut = new SubscriptionsListenMethod(streams, {} as ResourceRegistry, tasks);

  /** The filter that is acknowledged. */
  const listen = async (notifications: object): Promise<unknown> => {
    const sent: { params: { notifications: unknown } }[] = [];
    const exchange = { canStream: true, send: (message: (typeof sent)[number]) => void sent.push(message) };
    const protocol = { clientCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } };
    await sut.handle({ notifications }, {
      id: 1,
      exchange,
      protocol,
      context: callContext(),
    } as unknown as McpCall);
    return sent[0]?.params.notifications;
  };

  it('acknowledges the tasks of the caller, and reads none of their results', async () => {
    const own = Array.from({ length: 26 }, (_each, index) => `own-${index}`);
    const numbers = Array.from({ length: 9900 }, (_each, index) =>
      rawJSON(`0.${'1234567890'.repeat(2)}${index}`),
    );
    const at = new Date().toISOString();
    const task = (taskId: string, result: object) => ({
      taskId,
      result: { ...result },
      ...{
        status: 'completed' as const,
        createdAt: at,
        lastUpdatedAt: at,
        ttlMs: 60_000,
        pollIntervalMs: 1000,
      },
    });
    for (const taskId of own)
      await store.save({ principalId: PRINCIPAL.id, task: task(taskId, { numbers }) });
    await store.save({ principalId: 'key:other', task: task('of-another', {}) });
    const wanted = { taskIds: [...own, 'of-another', own[0], 'of-nobody'] };
    expect(await listen(wanted)).toEqual({ taskIds: own });
    expect(await leastCpuOf(() => listen(wanted), { enough: 10_000 })).toBeLessThan(30_000);
  });
});
