import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import {
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../config/configuration.js';
import { Lifecycle } from '../core/lifecycle.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { RedisConnection } from '../storage/redis.connection.js';
import { type BreakerSummary, CircuitBreakerProvider } from '../resilience/circuit-breaker.provider.js';

/** What /health answers: the Terminus report, and the breakers where the guide's jq line looks for them. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'error';
  readonly info: HealthCheckResult['info'];
  readonly error: HealthCheckResult['error'];
  readonly details: HealthCheckResult['details'];
  readonly circuitBreaker: BreakerSummary;
}

/** Asks about the server itself, and about its dependencies, which may degrade the report and never fail it. */
@Injectable()
export class HealthService {
  /** The checks that failed when it was last asked. */
  private lastFailed = '';

  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly lifecycle: Lifecycle,
    private readonly breakers: CircuitBreakerProvider,
    private readonly redis: RedisConnection,
    private readonly audit: AuditLog,
    private readonly sections: StatusRegistry,
    @Inject(Configuration) private readonly config: Configuration,
    @InjectPinoLogger(HealthService.name) private readonly logger: PinoLogger,
  ) {}

  async report(): Promise<HealthReport> {
    const { info, error, details, status } = await this.check();
    this.noteChange(error);
    return {
      status: status === 'shutting_down' ? 'error' : status,
      info,
      error,
      details,
      circuitBreaker: this.breakers.summary(),
    };
  }

  /** Its own ability to serve: up from the first listening on, down as soon as the process is told to stop. */
  get isReady(): boolean {
    return this.lifecycle.state === 'serving' && !this.isRefusing;
  }

  get hasStarted(): boolean {
    return this.lifecycle.state !== 'starting';
  }

  /** Probes come every few seconds: the log has when the health fails, and when it is back. */
  private noteChange(error: HealthCheckResult['error'] = {}): void {
    const failed = Object.keys(error).join(', ');
    if (failed === this.lastFailed) return;
    this.lastFailed = failed;
    if (failed === '') this.logger.info('Health check passes again');
    else this.logger.error({ checks: error }, `Health check fails: ${failed}`);
  }

  /** Terminus throws its report when an indicator is down. */
  private async check(): Promise<HealthCheckResult> {
    try {
      return await this.checks.check([
        () => this.server(),
        () => this.circuitBreakers(),
        () => this.storage(),
        ...(this.audit.isOn ? [() => this.auditTrail()] : []),
        ...[...this.sections.problems()].map(
          ([name, problem]) =>
            () =>
              this.section(name, problem),
        ),
      ]);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private server(): HealthIndicatorResult {
    const indicator = this.indicators.check('server');
    // Draining serves on: only a probe of readiness turns traffic away.
    return this.hasStarted ? indicator.up() : indicator.down('The server is starting');
  }

  /** What cannot be taken down is not served. */
  private get isRefusing(): boolean {
    return this.config.audit.isRequired && this.audit.isStuck;
  }

  private auditTrail(): HealthIndicatorResult {
    const indicator = this.indicators.check('audit');
    if (!this.audit.isStuck) return indicator.up();
    const problem = 'Audit records cannot be written';
    return this.isRefusing ? indicator.down(problem) : indicator.degraded(problem);
  }

  private storage(): HealthIndicatorResult {
    const indicator = this.indicators.check('storage');
    return this.redis.isLost ? indicator.degraded('Redis does not answer') : indicator.up();
  }

  /** What a part of /status says of itself. */
  private section(
    name: string,
    problem: Readonly<Record<string, unknown>> | undefined,
  ): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return problem === undefined ? indicator.up() : indicator.degraded({ ...problem });
  }

  private circuitBreakers(): HealthIndicatorResult {
    const { state, open } = this.breakers.summary();
    const indicator = this.indicators.check('circuitBreakers');
    return state === 'closed' ? indicator.up() : indicator.degraded({ state, open });
  }
}
