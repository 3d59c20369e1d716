import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../../config/configuration.js';
import { type Bounds, BoundedStore, shareOf } from '../../core/bounds/bounded-store.js';
import type { Cancellation } from '../../core/cancellation.js';
import type { JsonObject } from '../../core/client.port.js';
import { SteadyClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { inSlices } from '../../core/slices.js';
import type { Steps } from '../../core/steps.js';
import { type Change, Changes } from '../../tools/changes.service.js';
import { McpMetrics } from '../mcp.metrics.js';
import type { ClientChannel, Exchange } from '../client/exchange.port.js';

/** What a stream wants to hear of a change: the notification, or nothing. */
export type ChangeFilter = (change: Change) => JsonObject | undefined | Promise<JsonObject | undefined>;

/** Why a stream has ended. */
export type StreamEnd = 'client-gone' | 'server-closing' | 'key-gone';

/** Who holds a stream open, over what, and for what request. */
export type StreamHolder = Pick<Exchange, keyof ClientChannel | 'principal' | 'bodyLength'>;

interface Stream {
  readonly id: string;
  readonly exchange: StreamHolder;
  readonly filter: ChangeFilter;
  readonly end: (why: StreamEnd) => void;
}

/** Of all streams together; more for more than 8,192 streams, so that {@link BYTES_PER_STREAM} are there for each. */
export const MIN_STREAMS_BYTES = 64 * 1024 * 1024;
export const BYTES_PER_STREAM = 8192;

/** @param entries MCP_MAX_STREAMS */
export const streamBounds = (entries: number): Bounds => ({
  entries,
  bytes: Math.max(MIN_STREAMS_BYTES, entries * BYTES_PER_STREAM),
});

/** What an open stream takes: its connection, its request as text and as what was parsed of it, what waits unread. */
const bytesFor = ({ bodyLength, unreadBytes = 0 }: StreamHolder): number =>
  4096 + 4 * bodyLength + unreadBytes;

/** Proxies close what is silent for a minute; a comment now and then keeps a stream open. */
const KEEP_ALIVE_MS = 15_000;

/** The streams that are open here: `subscriptions/listen` of the stateless era, GET streams of sessions. */
@Injectable()
export class NotificationStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly streams: BoundedStore<Stream>;
  private opened = 0;
  private stopListening: (() => void) | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  /** What is to be told yet: the same change once, however often it comes meanwhile. */
  private readonly waiting = new Map<string, Change>();
  private isTelling = false;
  private work: Promise<void> = Promise.resolve();
  private readonly telling = new Set<Promise<void>>();
  private isClosing = false;

  constructor(
    @Inject(Configuration) { mcp, sharePercent }: Configuration,
    @Inject(SteadyClock) clock: SteadyClock,
    private readonly changes: Changes,
    private readonly metrics: McpMetrics,
    @InjectPinoLogger(NotificationStreams.name) private readonly logger: PinoLogger,
  ) {
    const total = streamBounds(mcp.maxStreams);
    const perOwner = shareOf(total, sharePercent / 100);
    this.streams = new BoundedStore(clock, { what: 'streams', total, perOwner });
  }

  onModuleInit(): void {
    this.stopListening = this.changes.listen((change) => {
      this.waiting.set(JSON.stringify(change), change);
      if (!this.isTelling) this.work = inSlices(this.tellWaiting());
    });
  }

  /**
   * Ends every stream in good order: its client hears what has changed until now, such as the end of its tasks, its
   * request is answered, and the server can close.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await this.changes.flush();
    await this.work;
    await Promise.all(this.telling);
    this.stopListening?.();
    for (const stream of this.streams.values()) stream.end('server-closing');
  }

  /** Ends the streams of one connection. */
  endAll(connection: object): void {
    for (const stream of this.streams.values()) {
      if (stream.exchange.connection === connection) stream.end('client-gone');
    }
  }

  get size(): number {
    return this.streams.used.entries;
  }

  /**
   * Keeps the stream open until the client goes away or cancels, or the server closes.
   *
   * @param onOpen called when changes reach the stream from now on; its first message goes out there.
   * @throws AppError `busy` during a shutdown, `storage_full` when the caller, or all together, have as many as there
   * may be.
   */
  async hold(
    exchange: StreamHolder,
    filter: ChangeFilter,
    onOpen: () => void,
    cancellation?: Cancellation,
  ): Promise<StreamEnd> {
    if (this.isClosing) {
      throw new AppError('busy', { detail: 'The server is shutting down', retryAfterMs: 1000 });
    }
    const { promise, resolve } = Promise.withResolvers<StreamEnd>();
    const end = (why: StreamEnd): void => {
      this.drop(stream);
      resolve(why);
    };
    const stream: Stream = { id: String((this.opened += 1)), exchange, filter, end };
    this.add(stream);
    exchange.onGone(() => end('client-gone'));
    cancellation?.onCancel(() => end('client-gone'));
    try {
      // The acknowledgement is the first message: nothing else can come in between, for this runs without a pause.
      onOpen();
      return await promise;
    } finally {
      this.drop(stream);
    }
  }

  /** One change after another, a stream in each step. */
  private *tellWaiting(): Steps {
    this.isTelling = true;
    try {
      // What is added meanwhile comes last.
      for (const [key, change] of this.waiting) {
        this.waiting.delete(key);
        for (const stream of this.streams.values()) {
          const told = this.tell(stream, change).finally(() => this.telling.delete(told));
          this.telling.add(told);
          yield;
        }
      }
    } finally {
      this.isTelling = false;
    }
  }

  private *signalAll(): Steps {
    for (const stream of this.streams.values()) {
      if (this.isToGoOn(stream)) {
        stream.exchange.keepAlive();
        this.weigh(stream);
      }
      yield;
    }
  }

  private async tell(stream: Stream, change: Change): Promise<void> {
    try {
      const notification = await stream.filter(change);
      // It may have ended in the meantime.
      if (notification === undefined || !this.isToGoOn(stream)) return;
      stream.exchange.send(notification);
      if (!this.hasRoom(stream)) stream.exchange.breakOff?.();
    } catch (error) {
      // The store that the filter asks may be away. Delivery is at most once: the stream stays open for what comes
      // next.
      this.logger.warn({ err: error, kind: change.kind }, 'A stream has missed a change');
    }
  }

  /** A key that was revoked or has expired hears of nothing more: its stream ends. */
  private isToGoOn(stream: Stream): boolean {
    if (!this.isOpen(stream)) return false;
    if (!stream.exchange.isAuthorised) stream.end('key-gone');
    return this.isOpen(stream);
  }

  private isOpen({ id, exchange }: Stream): boolean {
    return this.streams.get(exchange.principal.id, id) !== undefined;
  }

  /** Whether there is room for what waits on it unread, beside what waits on the others of its holder. */
  private hasRoom(stream: Stream): boolean {
    if (!this.isOpen(stream) || this.weigh(stream)) return true;
    this.weighAllOf(stream);
    return this.weigh(stream);
  }

  /** The others may have read on since they were told of something. */
  private weighAllOf({ exchange }: Stream): void {
    for (const other of this.streams.valuesOf(exchange.principal.id)) this.weigh(other);
  }

  /** Counts it as it is now, if there is room. */
  private weigh(stream: Stream): boolean {
    try {
      this.put(stream);
      return true;
    } catch {
      return false;
    }
  }

  private put(stream: Stream): void {
    const { id, exchange } = stream;
    this.streams.put(exchange.principal.id, id, stream, {
      bytes: bytesFor(exchange),
      expires: Infinity,
      isUnderWay: true,
    });
  }

  /** @throws AppError `storage_full` */
  private add(stream: Stream): void {
    if (!this.weigh(stream)) {
      this.weighAllOf(stream);
      this.put(stream);
    }
    this.metrics.streamsOpen(this.size);
    this.keepAlive ??= setInterval(() => void inSlices(this.signalAll()), KEEP_ALIVE_MS).unref();
  }

  private drop(stream: Stream): void {
    this.streams.delete(stream.exchange.principal.id, stream.id);
    this.metrics.streamsOpen(this.size);
    if (this.size > 0) return;
    clearInterval(this.keepAlive);
    this.keepAlive = undefined;
  }
}
