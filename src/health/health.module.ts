import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AccessModule } from '../access/access.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { ServerPolicyResource } from './server-policy.resource.js';
import { ServerStatusResource } from './server-status.resource.js';
import { StatusController } from './status.controller.js';
import { StatusService } from './status.service.js';
import { STORAGE_METRIC_PROVIDERS, StorageStatus } from '../storage/storage.status.js';

@Module({
  imports: [TerminusModule, AccessModule, ResilienceModule, ToolsModule],
  controllers: [HealthController, StatusController],
  providers: [
    HealthService,
    StorageStatus,
    ...STORAGE_METRIC_PROVIDERS,
    StatusService,
    ServerStatusResource,
    ServerPolicyResource,
  ],
})
export class HealthModule {}
