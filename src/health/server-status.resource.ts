import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Authorization } from '../access/authorization.service.js';
import type { CallContext } from '../core/call-context.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { CircuitBreakerProvider } from '../resilience/circuit-breaker.provider.js';
import { Resource } from '../tools/resources/resource.decorator.js';
import { ResourceRegistry } from '../tools/resources/resource.registry.js';
import { StatusService } from './status.service.js';

const STATUS_URI = 'mcpo://server/status';
const UPSTREAMS_URI = 'mcpo://server/upstreams';

/** How the server is, for whoever is connected to it; subscribers hear of every change of a circuit breaker. */
@Injectable()
export class ServerStatusResource implements OnModuleInit, OnModuleDestroy {
  private stopListening: readonly (() => void)[] = [];

  constructor(
    private readonly reports: StatusService,
    private readonly sections: StatusRegistry,
    private readonly breakers: CircuitBreakerProvider,
    private readonly authorization: Authorization,
    private readonly resources: ResourceRegistry,
  ) {}

  onModuleInit(): void {
    const updated = (): void => {
      for (const uri of [STATUS_URI, UPSTREAMS_URI]) this.resources.updated(uri);
    };
    this.stopListening = [this.breakers.onChange(updated), this.sections.onChange(updated)];
  }

  onModuleDestroy(): void {
    for (const stop of this.stopListening) stop();
  }

  @Resource({
    uri: STATUS_URI,
    name: 'server-status',
    title: 'Server status',
    description:
      'State, version and uptime of this server, and a section for each of its parts, as GET /status shows them; ' +
      'names and settings with the scope admin. Subscribers hear of changes of upstreams and circuit breakers.',
    mimeType: 'application/json',
  })
  status({ principal }: CallContext): Promise<object> {
    return this.reports.preparedFor(principal);
  }

  @Resource({
    uri: UPSTREAMS_URI,
    name: 'server-upstreams',
    title: 'Upstreams',
    description:
      'The upstream servers whose tools this server passes on, and the circuit breakers in front of them: how many are ' +
      'up and the worst state, and each by name with the scope admin. Subscribers hear of every change.',
    mimeType: 'application/json',
  })
  upstreams({ principal }: CallContext): Promise<object> {
    const detailed = this.authorization.mayAdminister(principal);
    return Promise.resolve({
      upstreams: this.sections.report({ detailed })['upstreams'] ?? { total: 0 },
      circuitBreaker: this.breakers.summary(),
      ...(detailed && { breakers: this.breakers.list() }),
    });
  }
}
