import type { PinoLogger } from 'nestjs-pino';
import { PRINCIPAL } from '../../../test/helpers/application-context.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { Configuration } from '../../config/configuration.js';
import { ENTRY_BYTES, shareOf } from '../../core/bounds/bounded-store.js';
import { systemClock } from '../../core/clock.js';
import type { AppError } from '../../core/errors.js';
import type { JsonObject } from '../../core/client.port.js';
import { SLICE_MS } from '../../core/slices.js';
import { MemoryPubSub } from '../../storage/memory.pub-sub.js';
import { Changes } from '../../tools/changes.service.js';
import type { McpMetrics } from '../mcp.metrics.js';
import { NotificationStreams, streamBounds, type StreamHolder } from './notification-streams.service.js';

const logger = { warn: () => undefined } as unknown as PinoLogger;
const metrics = { streamsOpen: () => undefined } as unknown as McpMetrics;
const config = { mcp: { maxStreams: 10 }, sharePercent: 25 } as Configuration;

/** A change is announced at the end of this turn of the event loop, and has been told by the end of the next. */
async function told(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe(NotificationStreams.name, () => {
  it('keeps a stream open, and the process alive, when its filter cannot tell what to send', async () => {
    const changes = new Changes(new MemoryPubSub(), logger);
    const sut = new NotificationStreams(config, systemClock, changes, metrics, logger);
    await changes.onModuleInit();
    changes.onApplicationBootstrap();
    sut.onModuleInit();
    const sent: JsonObject[] = [];
    const exchange: StreamHolder = {
      principal: PRINCIPAL,
      bodyLength: 0,
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
    const sut = new NotificationStreams(config, systemClock, changes, metrics, logger);
    let [isAuthorised, signs] = [true, 0];
    const exchange: StreamHolder = {
      principal: PRINCIPAL,
      bodyLength: 0,
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

  it('breaks off streams of one caller that do not read when too much waits on them, and no others', async () => {
    const changes = new Changes(new MemoryPubSub(), logger);
    const many = { mcp: { maxStreams: 200 }, sharePercent: 25 } as Configuration;
    const sut = new NotificationStreams(many, systemClock, changes, metrics, logger);
    await changes.onModuleInit();
    changes.onApplicationBootstrap();
    sut.onModuleInit();
    const { bytes } = shareOf(streamBounds(200));
    const holders: { unreadBytes: number; isReading: boolean; isGone: boolean; told: number }[] = [];
    const open = (id: string, isReading: boolean): void => {
      const holder = { unreadBytes: 0, isReading, isGone: false, told: 0 };
      holders.push(holder);
      let gone = (): void => undefined;
      const exchange: StreamHolder = {
        principal: { ...PRINCIPAL, id },
        bodyLength: 0,
        connection: {},
        canStream: true,
        isAuthorised: true,
        get unreadBytes() {
          return holder.unreadBytes;
        },
        send: () => {
          holder.told += 1;
          if (!holder.isReading) holder.unreadBytes += bytes / 16;
        },
        keepAlive: () => undefined,
        onGone: (listener) => (gone = listener),
        breakOff: () => {
          holder.isGone = true;
          gone();
        },
      };
      void sut.hold(
        exchange,
        () => ({ method: 'x' }),
        () => undefined,
      );
    };
    for (let count = 0; count < 20; count += 1) open('key:greedy', false);
    open('key:greedy', true);
    open('key:honest', false);
    const tell = async (): Promise<void> => {
      const before = holders.map(({ told: times }) => times);
      changes.announce({ kind: 'resource', uri: 'test://a' });
      await waitFor(() => holders.every(({ told: times, isGone }, at) => isGone || times > before[at]!));
      await told();
    };
    await tell();
    expect(holders.filter(({ isGone }) => isGone)).toHaveLength(5);
    expect(holders.slice(20).some(({ isGone }) => isGone)).toBe(false);
    // They have read on: the room is theirs again.
    for (const holder of holders) holder.unreadBytes = 0;
    await tell();
    expect(holders.filter(({ isGone }) => isGone)).toHaveLength(5);
    for (const holder of holders) holder.unreadBytes = 0;
    for (let count = 0; count < 5; count += 1) open('key:greedy', true);
    expect(sut.size).toBe(22);
    await sut.beforeApplicationShutdown();
    changes.onApplicationShutdown();
  });

  it('tells many streams in slices, and of the same change once more for all times that it came meanwhile', async () => {
    const changes = new Changes(new MemoryPubSub(), logger);
    const many = { mcp: { maxStreams: 200 }, sharePercent: 100 } as Configuration;
    const sut = new NotificationStreams(many, systemClock, changes, metrics, logger);
    await changes.onModuleInit();
    changes.onApplicationBootstrap();
    sut.onModuleInit();
    let sent = 0;
    const exchange: StreamHolder = {
      principal: PRINCIPAL,
      bodyLength: 0,
      connection: {},
      canStream: true,
      isAuthorised: true,
      send: () => void (sent += 1),
      keepAlive: () => undefined,
      onGone: () => undefined,
    };
    for (let count = 0; count < 100; count += 1) {
      void sut.hold(
        exchange,
        () => ({ method: 'x' }),
        () => undefined,
      );
    }
    // Each look at the time is a slice later than the one before: every step takes as long as one may.
    let now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => (now += SLICE_MS));
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    for (let time = 0; time < 20; time += 1) {
      changes.announce({ kind: 'tools' });
      await told();
    }
    await waitFor(() => sent >= 200);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(50);
    await sut.beforeApplicationShutdown();
    expect(sent).toBe(200);
    jest.restoreAllMocks();
    changes.onApplicationShutdown();
  });

  describe('that are many', () => {
    let sut: NotificationStreams;
    const open = async (principalId: string, bodyLength = 0): Promise<string> => {
      const opened = jest.fn();
      const exchange: StreamHolder = {
        principal: { ...PRINCIPAL, id: principalId },
        bodyLength,
        connection: {},
        canStream: true,
        isAuthorised: true,
        send: () => undefined,
        keepAlive: () => undefined,
        onGone: () => undefined,
      };
      const held = sut
        .hold(exchange, () => undefined, opened)
        .then(
          () => 'ended',
          (error: unknown) => (error as AppError).code,
        );
      return opened.mock.calls.length === 1 ? 'open' : held;
    };

    beforeEach(() => {
      const changes = new Changes(new MemoryPubSub(), logger);
      sut = new NotificationStreams(
        { mcp: { maxStreams: 12 }, sharePercent: 25 } as Configuration,
        systemClock,
        changes,
        metrics,
        logger,
      );
    });
    afterEach(() => sut.beforeApplicationShutdown());

    it('gives one caller a quarter, and never closes one for another', async () => {
      const outcomes: string[] = [];
      for (const owner of ['a', 'b', 'c', 'd', 'e']) {
        for (let count = 0; count < 4; count += 1) outcomes.push(await open(owner));
      }
      const ofOne = ['open', 'open', 'open', 'storage_full'];
      expect(outcomes).toEqual([
        ...ofOne,
        ...ofOne,
        ...ofOne,
        ...ofOne,
        ...Array<string>(4).fill('storage_full'),
      ]);
      expect(sut.size).toBe(12);
    });

    it('counts what their requests hold', async () => {
      const half = shareOf(streamBounds(12)).bytes / 8 - (4096 + ENTRY_BYTES) / 4;
      expect([await open('a', half), await open('a', half), await open('a', half), await open('a')]).toEqual([
        'open',
        'open',
        'storage_full',
        'storage_full',
      ]);
      expect(await open('b')).toBe('open');
    });
  });
});
