import { Inject, Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import type { Cancellation } from '../core/cancellation.js';
import { AppError } from '../core/errors.js';
import { Places } from '../core/bounds/places.js';
import type { Principal } from '../core/principal.js';
import { ChatMetrics } from './chat.metrics.js';

/** What turns leave of SHUTDOWN_TIMEOUT_MS: before them connections linger, after them clients are told. */
const RESERVE_MS = 5000;
const LEAST_SHARE = 0.5;

/** How long turns may go on once the server shuts down: all of the time but 5 s, or half of it where it is short. */
export const timeForTurns = (shutdownTimeoutMs: number): number =>
  Math.max(shutdownTimeoutMs - RESERVE_MS, shutdownTimeoutMs * LEAST_SHARE);

/** The turns that are under way: bounded, each with a time, and all ended when the server shuts down. */
@Injectable()
export class TurnsInFlight implements OnModuleDestroy, OnApplicationShutdown {
  private readonly running = new Set<Cancellation>();
  private readonly places: Places;
  private ending: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly metrics: ChatMetrics,
  ) {
    this.places = new Places(config.chat.maxConcurrency, config.sharePercent);
  }

  get count(): number {
    return this.running.size;
  }

  /**
   * Runs a turn, which heeds the cancellation, for at most CHAT_TIMEOUT_MS.
   *
   * @throws AppError `busy` when CHAT_MAX_CONCURRENCY turns are running, or the share of the principal.
   */
  async run<T>(principal: Principal, cancellation: Cancellation, turn: () => Promise<T>): Promise<T> {
    const { timeoutMs } = this.config.chat;
    const { total, share } = this.places;
    const noPlace = this.places.enter(principal);
    if (noPlace === 'all taken') throw busy(`${total} questions are being worked on already`);
    if (noPlace !== undefined)
      throw busy(`${share} questions of this caller are being worked on already, its share of ${total}`);
    const timer = setTimeout(() => cancellation.cancel(deadlinePassed(timeoutMs)), timeoutMs);
    this.running.add(cancellation);
    this.metrics.turnsUnderWay(this.running.size);
    try {
      return await turn();
    } finally {
      clearTimeout(timer);
      this.running.delete(cancellation);
      this.places.leave(principal);
      this.metrics.turnsUnderWay(this.running.size);
    }
  }

  onModuleDestroy(): void {
    this.ending = setTimeout(() => this.endAll(), timeForTurns(this.config.shutdown.timeoutMs)).unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.ending);
  }

  private endAll(): void {
    for (const cancellation of this.running) {
      cancellation.cancel(
        new AppError('shutting_down', { detail: 'The server shut down before the answer was complete' }),
      );
    }
  }
}

const deadlinePassed = (timeoutMs: number): AppError =>
  new AppError('chat_timeout', { detail: `The answer was not complete after ${timeoutMs / 1000} s` });

const busy = (detail: string): AppError => new AppError('busy', { detail, retryAfterMs: 1000 });
