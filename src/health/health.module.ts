import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { AccessModule } from '../access/access.module.js';
import type { Configuration } from '../config/configuration.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { MetricsController } from './metrics.controller.js';
import { PageController } from './page/page.controller.js';
import { PageFiles } from './page/page-files.service.js';
import { PageStatus } from './page/page.status.js';
import { ServerPolicyResource } from './server-policy.resource.js';
import { ServerStatusResource } from './server-status.resource.js';
import { StatusController } from './status.controller.js';
import { StatusService } from './status.service.js';
import { WelcomeController } from './welcome.controller.js';

/** What probes and Prometheus ask for: /health, /status, /metrics; and `/` with its page. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), AccessModule, ResilienceModule, ToolsModule],
  controllers: [WelcomeController, HealthController, StatusController],
  providers: [
    HealthService,
    StatusService,
    ServerStatusResource,
    ServerPolicyResource,
    PageFiles,
    PageStatus,
  ],
})
export class HealthModule {
  static forRoot({ metrics, statusPage }: Configuration): DynamicModule {
    return {
      module: HealthModule,
      controllers: statusPage.enabled ? [PageController] : [],
      imports: metrics.enabled
        ? [
            PrometheusModule.register({
              path: '/metrics',
              controller: MetricsController,
              defaultMetrics: { enabled: true },
            }),
          ]
        : [],
    };
  }
}
