import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { CircuitBreakerProvider } from '../resilience/circuit-breaker.provider.js';
import { StartLine } from './connection/start-line.js';
import type { IdleEntry } from './file/servers-file.js';
import { Upstreams } from './upstreams.service.js';

/** What /status says of the upstreams, where there are any: how many, and how many are up; each by name to `admin`. */
@Injectable()
export class UpstreamsStatus {
  constructor(
    @Inject(Configuration) config: Configuration,
    status: StatusRegistry,
    upstreams: Upstreams,
    breakers: CircuitBreakerProvider,
    startLine: StartLine,
  ) {
    if (config.upstreams.file === undefined) return;
    upstreams.onChange(() => status.changed());
    status.register('upstreams', {
      summary: () => {
        const all = upstreams.all();
        const idle = (state: IdleEntry['state']): number =>
          upstreams.idle.filter((entry) => entry.state === state).length;
        return {
          total: all.length,
          up: all.filter(({ state }) => state === 'up').length,
          starting: all.filter(({ state }) => state === 'starting').length,
          waitingToStart: startLine.waiting,
          failing: all.filter(({ isFailing }) => isFailing).length,
          tools: all.reduce((sum, { servedTools }) => sum + servedTools.length, 0),
          quarantined: all.reduce((sum, { quarantined }) => sum + quarantined.length, 0),
          disabled: idle('disabled'),
          setAside: idle('set_aside'),
        };
      },
      problem: () => {
        const all = upstreams.all();
        const failing = all.filter(({ isFailing }) => isFailing).length;
        return failing === 0 ? undefined : { total: all.length, failing };
      },
      detail: () => {
        const states = new Map(breakers.list().map((breaker) => [breaker.name, breaker]));
        const running = upstreams.all().map(({ entry, report }) => {
          const { state, consecutiveFailures } = states.get(entry.name) ?? {};
          return { ...report, circuitBreaker: { state, consecutiveFailures } };
        });
        return { list: [...running, ...upstreams.idle] };
      },
    });
  }
}
