import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AccessModule } from '../access/access.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { StatusController } from './status.controller.js';

@Module({
  imports: [TerminusModule, AccessModule, ResilienceModule],
  controllers: [HealthController, StatusController],
  providers: [HealthService],
})
export class HealthModule {}
