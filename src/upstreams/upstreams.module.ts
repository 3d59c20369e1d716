import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PolicyModule } from '../policy/policy.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { StartLine } from './connection/start-line.js';
import { McpConnector } from './mcp/mcp.connector.js';
import { OpenApiConnector } from './openapi/openapi.connector.js';
import { Registries } from './federated.upstream.js';
import { ChildProcesses } from './stdio/child-processes.service.js';
import { UpstreamFactory } from './upstream.factory.js';
import { UPSTREAM_METRIC_PROVIDERS, UpstreamMetrics } from './upstream.metrics.js';
import { Upstreams } from './upstreams.service.js';
import { UpstreamsStatus } from './upstreams.status.js';

@Module({
  imports: [AccessModule, PolicyModule, ResilienceModule, ToolsModule],
  providers: [
    ChildProcesses,
    McpConnector,
    OpenApiConnector,
    Registries,
    { provide: StartLine, useFactory: () => new StartLine() },
    UpstreamFactory,
    UpstreamMetrics,
    ...UPSTREAM_METRIC_PROVIDERS,
    Upstreams,
    UpstreamsStatus,
  ],
})
export class UpstreamsModule {}
