import { Module } from '@nestjs/common';
import { counterProvider } from '../observability/metric.providers.js';
import { DENIALS_METRIC, DenialRecord } from './denial.record.js';
import { PolicyFile } from './policy-file.service.js';
import { PolicyModule } from './policy.module.js';
import { ServerParts } from './denials/server-parts.service.js';

/** The policy as this server is configured: its file, its own parts, and the record of what was denied. */
@Module({
  imports: [PolicyModule],
  providers: [
    counterProvider({
      name: DENIALS_METRIC,
      help: 'Probes that the policy has denied, by the rule that decided.',
      labelNames: ['rule'],
    }),
    DenialRecord,
    PolicyFile,
    ServerParts,
  ],
})
export class PolicyFileModule {}
