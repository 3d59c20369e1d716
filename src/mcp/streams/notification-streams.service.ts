import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../../config/configuration.js';
import type { Cancellation } from '../../core/cancellation.js';
import type { JsonObject } from '../../core/client.port.js';
import { AppError } from '../../core/errors.js';
import { Places } from '../../core/places.js';
import { type Change, Changes } from '../../tools/changes.service.js';
import { McpMetrics } from '../mcp.metrics.js';
import type { ClientChannel } from '../client/exchange.port.js';

/** What a stream wants to hear of a change: the notification, or nothing. */
export type ChangeFilter = (change: Change) => JsonObject | undefined | Promise<JsonObject | undefined>;

/** Why a stream has ended. */
export type StreamEnd = 'client-gone' | 'server-closing' | 'key-gone';

interface Stream {
  readonly exchange: ClientChannel;
  readonly filter: ChangeFilter;
  readonly end: (why: StreamEnd) => void;
}

/** Proxies close what is silent for a minute; a comment now and then keeps a stream open. */
const KEEP_ALIVE_MS = 15_000;

/** The streams that are open here: `subscriptions/listen` of the stateless era, GET streams of sessions. */
@Injectable()
export class NotificationStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly streams = new Set<Stream>();
  private stopListening: (() => void) | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  private readonly telling = new Set<Promise<void>>();
  private readonly places: Places;
  private isClosing = false;

  constructor(
    @Inject(Configuration) { mcp, sharePercent }: Configuration,
    private readonly changes: Changes,
    private readonly metrics: McpMetrics,
    @InjectPinoLogger(NotificationStreams.name) private readonly logger: PinoLogger,
  ) {
    this.places = new Places(mcp.maxStreams, sharePercent);
  }

  onModuleInit(): void {
    this.stopListening = this.changes.listen((change) => {
      for (const stream of this.streams) {
        const told = this.tell(stream, change).finally(() => this.telling.delete(told));
        this.telling.add(told);
      }
    });
  }

  /**
   * Ends every stream in good order: its client hears what has changed until now, such as the end of its tasks, its
   * request is answered, and the server can close.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await this.changes.flush();
    await Promise.all(this.telling);
    this.stopListening?.();
    for (const stream of this.streams) stream.end('server-closing');
  }

  /** Ends the streams of one connection. */
  endAll(connection: object): void {
    for (const stream of this.streams) {
      if (stream.exchange.connection === connection) stream.end('client-gone');
    }
  }

  get size(): number {
    return this.streams.size;
  }

  /**
   * Keeps the stream open until the client goes away or cancels, or the server closes.
   *
   * @param onOpen called when changes reach the stream from now on; its first message goes out there.
   * @throws AppError `busy` when MCP_MAX_STREAMS are open, or the share of the principal.
   */
  async hold(
    exchange: ClientChannel,
    filter: ChangeFilter,
    onOpen: () => void,
    cancellation?: Cancellation,
  ): Promise<StreamEnd> {
    if (this.isClosing) throw busy('The server is shutting down');
    const { principal } = exchange;
    const noPlace = this.places.enter(principal);
    if (noPlace === 'all taken') throw busy('Too many streams are open');
    if (noPlace !== undefined) throw busy(`This caller has its share of ${this.places.share} streams open`);
    try {
      return await this.holdPlaced(exchange, filter, onOpen, cancellation);
    } finally {
      this.places.leave(principal);
    }
  }

  private async holdPlaced(
    exchange: ClientChannel,
    filter: ChangeFilter,
    onOpen: () => void,
    cancellation: Cancellation | undefined,
  ): Promise<StreamEnd> {
    const { promise, resolve } = Promise.withResolvers<StreamEnd>();
    const end = (why: StreamEnd): void => {
      this.drop(stream);
      resolve(why);
    };
    const stream: Stream = { exchange, filter, end };
    exchange.onGone(() => end('client-gone'));
    cancellation?.onCancel(() => end('client-gone'));
    // The acknowledgement is the first message: nothing else can come in between, for this runs without a pause.
    onOpen();
    this.add(stream);
    try {
      return await promise;
    } finally {
      this.drop(stream);
    }
  }

  private async tell(stream: Stream, change: Change): Promise<void> {
    try {
      const notification = await stream.filter(change);
      // It may have ended in the meantime.
      if (notification !== undefined && this.isToGoOn(stream)) stream.exchange.send(notification);
    } catch (error) {
      // The store that the filter asks may be away. Delivery is at most once: the stream stays open for what comes next.
      this.logger.warn({ err: error, kind: change.kind }, 'A stream has missed a change');
    }
  }

  /** A key that was revoked or has expired hears of nothing more: its stream ends. */
  private isToGoOn(stream: Stream): boolean {
    if (!this.streams.has(stream)) return false;
    if (!stream.exchange.isAuthorised) stream.end('key-gone');
    return this.streams.has(stream);
  }

  private add(stream: Stream): void {
    this.streams.add(stream);
    this.metrics.streamsOpen(this.streams.size);
    this.keepAlive ??= setInterval(() => {
      for (const one of this.streams) if (this.isToGoOn(one)) one.exchange.keepAlive();
    }, KEEP_ALIVE_MS).unref();
  }

  private drop(stream: Stream): void {
    this.streams.delete(stream);
    this.metrics.streamsOpen(this.streams.size);
    if (this.streams.size > 0) return;
    clearInterval(this.keepAlive);
    this.keepAlive = undefined;
  }
}

const busy = (detail: string): AppError => new AppError('busy', { detail, retryAfterMs: 1000 });
