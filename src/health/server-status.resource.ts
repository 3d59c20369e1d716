import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Authorization } from '../access/authorization.service.js';
import type { CallContext } from '../core/call-context.js';
import { CircuitBreakerProvider } from '../resilience/circuit-breaker.provider.js';
import { Resource } from '../tools/resources/resource.decorator.js';
import { ResourceRegistry } from '../tools/resources/resource.registry.js';
import { StatusService } from './status.service.js';

const STATUS_URI = 'mcpo://server/status';
const UPSTREAMS_URI = 'mcpo://server/upstreams';

/** How the server is, for whoever is connected to it; subscribers hear of every change of a circuit breaker. */
@Injectable()
export class ServerStatusResource implements OnModuleInit, OnModuleDestroy {
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly reports: StatusService,
    private readonly breakers: CircuitBreakerProvider,
    private readonly authorization: Authorization,
    private readonly resources: ResourceRegistry,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.breakers.onChange(() => {
      for (const uri of [STATUS_URI, UPSTREAMS_URI]) this.resources.updated(uri);
    });
  }

  onModuleDestroy(): void {
    this.stopListening?.();
  }

  @Resource({
    uri: STATUS_URI,
    name: 'server-status',
    title: 'Server status',
    description:
      'State, version and uptime of this server, and a section for each of its parts, as GET /status shows them; ' +
      'names and settings with the scope admin. Subscribers hear of changes of the circuit breakers.',
    mimeType: 'application/json',
  })
  status({ principal }: CallContext): Promise<object> {
    return Promise.resolve(this.reports.reportFor(principal));
  }

  @Resource({
    uri: UPSTREAMS_URI,
    name: 'server-upstreams',
    title: 'Upstreams',
    description:
      'The upstream servers whose tools this server passes on, and the circuit breakers in front of them: the worst ' +
      'state, and each by name with the scope admin. Subscribers hear of every change.',
    mimeType: 'application/json',
  })
  upstreams({ principal }: CallContext): Promise<object> {
    return Promise.resolve({
      upstreams: [],
      circuitBreaker: this.breakers.summary(),
      ...(this.authorization.mayAdminister(principal) && { breakers: this.breakers.list() }),
    });
  }
}
