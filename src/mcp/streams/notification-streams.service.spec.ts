import type { PinoLogger } from 'nestjs-pino';
import type { Configuration } from '../../config/configuration.js';
import type { JsonObject } from '../../core/client.port.js';
import { MemoryPubSub } from '../../storage/memory.pub-sub.js';
import { Changes } from '../../tools/changes.service.js';
import type { ClientChannel } from '../client/exchange.port.js';
import type { McpMetrics } from '../mcp.metrics.js';
import { NotificationStreams } from './notification-streams.service.js';

const logger = { warn: () => undefined } as unknown as PinoLogger;
const metrics = { streamsOpen: () => undefined } as unknown as McpMetrics;
const config = { mcp: { maxStreams: 10 } } as Configuration;

/** A change is announced at the end of this turn of the event loop, and has been told by the end of the next. */
async function told(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe(NotificationStreams.name, () => {
  it('keeps a stream open, and the process alive, when its filter cannot tell what to send', async () => {
    const changes = new Changes(new MemoryPubSub(), logger);
    const sut = new NotificationStreams(config, changes, metrics, logger);
    await changes.onModuleInit();
    changes.onApplicationBootstrap();
    sut.onModuleInit();
    const sent: JsonObject[] = [];
    const exchange: ClientChannel = {
      principal: { id: 'key:one', kind: 'api-key', scopes: [] },
      connection: {},
      canStream: true,
      isAuthorised: true,
      send: (message) => sent.push(message),
      keepAlive: () => undefined,
      onGone: () => undefined,
    };
    let isAway = true;
    const filter = async (): Promise<JsonObject> => {
      if (isAway) throw new Error('The store is away');
      return { method: 'x' };
    };
    const ended = sut.hold(exchange, filter, () => undefined);

    changes.announce({ kind: 'resource', uri: 'test://a' });
    await told();
    isAway = false;
    changes.announce({ kind: 'resource', uri: 'test://a' });
    // Jest fails a test in which a rejection is not handled by the end of the turn.
    await told();
    expect(sent).toEqual([{ method: 'x' }]);

    await sut.beforeApplicationShutdown();
    changes.onApplicationShutdown();
    expect(await ended).toBe('server-closing');
  });

  it('ends a stream whose key is gone, also when there is nothing to tell', async () => {
    jest.useFakeTimers();
    const changes = new Changes(new MemoryPubSub(), logger);
    const sut = new NotificationStreams(config, changes, metrics, logger);
    let [isAuthorised, signs] = [true, 0];
    const exchange: ClientChannel = {
      principal: { id: 'key:one', kind: 'api-key', scopes: [] },
      connection: {},
      canStream: true,
      get isAuthorised() {
        return isAuthorised;
      },
      send: () => undefined,
      keepAlive: () => void (signs += 1),
      onGone: () => undefined,
    };
    const ended = sut.hold(
      exchange,
      () => undefined,
      () => undefined,
    );
    jest.advanceTimersByTime(15_000);
    expect([signs, sut.size]).toEqual([1, 1]);
    isAuthorised = false;
    jest.advanceTimersByTime(15_000);
    jest.useRealTimers();
    expect(await ended).toBe('key-gone');
    expect([signs, sut.size]).toEqual([1, 0]);
  });
});
