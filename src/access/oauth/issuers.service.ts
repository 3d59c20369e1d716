import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Configuration } from '../../config/configuration.js';
import { SteadyClock } from '../../core/clock.js';
import { HttpPools } from '../../resilience/http/http-pools.service.js';
import { StatusRegistry } from '../../observability/status.registry.js';
import { IssuerKeys } from './issuer.keys.js';
import { KeySet } from './key-set.js';

/** The issuers that are trusted, each with its keys. */
@Injectable()
export class Issuers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly keySets: ReadonlyMap<string, KeySet>;
  private readonly end = new AbortController();

  constructor(
    @Inject(Configuration) { access: { oauth } }: Configuration,
    private readonly pools: HttpPools,
    @Inject(SteadyClock) private readonly clock: SteadyClock,
    @InjectMetric('mcpo_oauth_key_fetches_total') private readonly fetches: Counter,
    @InjectPinoLogger(Issuers.name) private readonly logger: PinoLogger,
    status: StatusRegistry,
  ) {
    this.keySets = new Map(
      (oauth?.issuers ?? []).map((issuer) => [issuer, this.keySetOf(issuer, oauth?.jwksUrl)]),
    );
    if (oauth === undefined) return;
    status.register('oauth', {
      summary: () => ({
        issuers: this.keySets.size,
        withoutKeys: [...this.keySets.values()].filter(({ size }) => size === 0).length,
      }),
      detail: () => ({ issuers: this.report() }),
    });
  }

  /** `undefined` for an issuer that is not trusted. */
  keysOf(issuer: string): KeySet | undefined {
    return this.keySets.get(issuer);
  }

  /** So that the first caller need not wait, and a mistake shows in the log at the start. Nobody waits for it. */
  onApplicationBootstrap(): void {
    for (const keySet of this.keySets.values()) keySet.refresh().catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.end.abort();
  }

  private keySetOf(issuer: string, jwksUrl: string | undefined): KeySet {
    const source = new IssuerKeys(issuer, jwksUrl, this.pools.fetchByProxy);
    let isAway = false;
    return new KeySet(() => source.fetch(this.end.signal), this.clock, {
      onFetched: () => {
        this.fetches.inc({ issuer, outcome: 'ok' });
        if (isAway) this.logger.info({ issuer }, 'The keys of the issuer can be fetched again');
        isAway = false;
      },
      onFailed: (problem) => {
        if (this.end.signal.aborted) return;
        this.fetches.inc({ issuer, outcome: 'failed' });
        // Once per absence, not once per attempt.
        if (!isAway) this.logger.error({ issuer, problem }, 'The keys of the issuer cannot be fetched');
        isAway = true;
      },
    });
  }

  private report(): object[] {
    return [...this.keySets].map(([issuer, { size, problem }]) => ({
      issuer,
      keys: size,
      ...(problem !== undefined && { problem }),
    }));
  }
}
