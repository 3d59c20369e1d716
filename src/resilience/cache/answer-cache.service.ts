import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Configuration } from '../../config/configuration.js';
import { copyOf } from '../../core/json/exact-values.js';
import { parseOwn } from '../../core/json/own-json.js';
import { counterProvider } from '../../observability/metric.providers.js';
import { CacheStore } from './cache.store.port.js';

/** What is cached, which decides for how long. `tool_results` brings its own time. */
export type CacheName = 'tools_list' | 'tool_results';

export interface CacheEntry {
  readonly cache: CacheName;
  /** What becomes stale together: the name of the upstream. */
  readonly group: string;
  /** What the answer depends on besides, the principal included where it differs between them; of any length. */
  readonly key: string;
  /** Milliseconds; the configured time of the cache when left out. */
  readonly ttlMs?: number;
}

export const CACHE_METRIC_PROVIDERS = [
  counterProvider({
    name: 'mcpo_cache_requests_total',
    help: 'Questions to the cache of upstream answers: hit, miss, shared (with one that was on its way), error.',
    labelNames: ['cache', 'outcome'],
  }),
];

/** UTF-16 units of an answer as JSON; a longer one is asked for each time. */
export const MAX_ANSWER_LENGTH = 4 * 1024 * 1024;

interface Flight {
  readonly answer: Promise<unknown>;
  isStale: boolean;
}

/**
 * Answers of upstreams, kept for a while in Redis or in memory. An answer is loaded once however many ask for it at the
 * same time. Values are JSON: every reader gets a copy of its own. Without the store everything is loaded as if there
 * were no cache.
 */
@Injectable()
export class AnswerCache {
  private readonly flights = new Map<string, Map<string, Flight>>();

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @Inject(CacheStore) private readonly store: CacheStore,
    @InjectMetric('mcpo_cache_requests_total') private readonly requests: Counter,
    @InjectPinoLogger(AnswerCache.name) private readonly logger: PinoLogger,
  ) {}

  /** The cached answer, or the one that `load` brings now. A failure is not cached, and goes to all who wait for it. */
  async through<T>(entry: CacheEntry, load: () => Promise<T>): Promise<T> {
    const ttlMs = entry.ttlMs ?? this.ttlOf(entry.cache);
    if (ttlMs <= 0) return load();
    const group = groupOf(entry.cache, entry.group);
    const key = digestOf(entry.key);
    const underway = this.flights.get(group)?.get(key);
    if (underway !== undefined) {
      this.count(entry.cache, 'shared');
      return copyOf((await underway.answer) as T);
    }
    const flight: Flight = {
      answer: this.find(entry.cache, group, key, ttlMs, load, () => flight.isStale),
      isStale: false,
    };
    this.takeOff(group, key, flight);
    try {
      return (await flight.answer) as T;
    } finally {
      this.land(group, key, flight);
    }
  }

  /** Forgets an answer, or all of a group. One that is on its way reaches those who wait for it, and is not kept. */
  async invalidate(cache: CacheName, group: string, key?: string): Promise<void> {
    const name = groupOf(cache, group);
    const digest = key === undefined ? undefined : digestOf(key);
    for (const [at, flight] of this.flights.get(name) ?? []) {
      if (digest !== undefined && digest !== at) continue;
      flight.isStale = true;
      this.land(name, at, flight);
    }
    await this.store.delete(name, digest).catch((error: unknown) => this.storeFailed(cache, error));
  }

  private async find(
    cache: CacheName,
    group: string,
    key: string,
    ttlMs: number,
    load: () => Promise<unknown>,
    isStale: () => boolean,
  ): Promise<unknown> {
    const stored = await this.store.get(group, key).catch((error: unknown) => this.storeFailed(cache, error));
    if (stored !== undefined) {
      this.count(cache, 'hit');
      return parseOwn(stored);
    }
    this.count(cache, 'miss');
    const value = await load();
    if (!isStale()) {
      const text = JSON.stringify(value);
      if (text.length > MAX_ANSWER_LENGTH) return value;
      await this.store.set(group, key, text, ttlMs).catch((error: unknown) => this.storeFailed(cache, error));
    }
    return value;
  }

  private takeOff(group: string, key: string, flight: Flight): void {
    const flights = this.flights.get(group) ?? new Map<string, Flight>();
    this.flights.set(group, flights.set(key, flight));
  }

  private land(group: string, key: string, flight: Flight): void {
    const flights = this.flights.get(group);
    if (flights?.get(key) !== flight) return;
    flights.delete(key);
    if (flights.size === 0) this.flights.delete(group);
  }

  private ttlOf(cache: CacheName): number {
    switch (cache) {
      case 'tools_list':
        return this.config.cache.toolsListTtlMs;
      case 'tool_results':
        return 0;
      default:
        return cache satisfies never;
    }
  }

  private storeFailed(cache: CacheName, error: unknown): undefined {
    this.count(cache, 'error');
    this.logger.warn(
      { err: error, cache },
      'The cache does not answer: what it should hold is asked for anew',
    );
  }

  private count(cache: CacheName, outcome: 'hit' | 'miss' | 'shared' | 'error'): void {
    this.requests.inc({ cache, outcome });
  }
}

/** What is kept and looked for is of one length, whatever the arguments of a call. */
const digestOf = (key: string): string => hash('sha256', key, 'hex');

const groupOf = (cache: CacheName, group: string): string => `${cache}:${group}`;
